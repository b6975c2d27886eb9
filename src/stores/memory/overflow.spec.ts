import { describe, expect, it } from 'vitest';
import {
  aStore,
  bucket,
  Counter,
  names,
  slotsOf,
  windowOf,
} from '../../../test/properties/counter.js';

const HOUR_MS = 3_600_000;

/** A store whose identifiers are all exhausted: `full-0`, `full-1` … of the limiter `full`. */
function aFullStore(maxKeys: number) {
  const under = aStore(maxKeys);
  const full = new Counter(windowOf(1, HOUR_MS), under, 'full');
  for (const name of names('full-', maxKeys)) full.take(name);
  return { ...under, full };
}

const policies = [
  ['a token bucket', bucket(5, 1 / 3_600)],
  ['a sliding window', windowOf(5, HOUR_MS)],
] as const;

describe.each(policies)('new identifiers of a full store, counted by %s', (_, policy) => {
  it('share one bucket, and are limited by it', () => {
    const under = aFullStore(3);
    const counter = new Counter(policy, under);
    const passed = names('n', 100).filter((name) => counter.take(name));
    expect(passed).toHaveLength(5);
    expect(under.store.usage().keys).toBe(3);
  });

  it('share one bucket per limiter', () => {
    const under = aFullStore(3);
    const limiters = ['a', 'b'].map((id) => new Counter(policy, under, id));
    const passed = limiters.map((each) => names('n', 50).filter((name) => each.take(name)).length);
    expect(passed).toEqual([5, 5]);
  });

  it('see the units of the shared bucket in a peek', () => {
    const counter = new Counter(policy, aFullStore(3));
    counter.take('n1', 2);
    expect(counter.peek('n2').remaining).toBe(3);
    expect(counter.peek('n2').remaining).toBe(3);
  });

  it('release to the shared bucket', () => {
    const counter = new Counter(policy, aFullStore(3));
    counter.take('n1', 5);
    counter.release('n1', { cost: 2 });
    expect(counter.peek('n2').remaining).toBe(2);
  });

  it('change nothing for tracked identifiers', () => {
    const under = aFullStore(3);
    const counter = new Counter(policy, under);
    for (const name of names('n', 100)) counter.take(name);
    expect(names('full-', 3).map((name) => under.full.take(name))).toEqual([false, false, false]);
  });

  it('are tracked again when another identifier recovers', () => {
    const under = aFullStore(3);
    const counter = new Counter(policy, under);
    names('n', 10).forEach((name) => counter.take(name));
    expect(counter.peek('late').allowed).toBe(false);
    under.clock.advance(HOUR_MS);
    expect(names('late-', 2).map((name) => counter.exhaust(name))).toEqual([5, 5]);
  });

  it('are tracked when another identifier is reset', () => {
    const under = aFullStore(3);
    const counter = new Counter(policy, under);
    expect(counter.take('n1', 5)).toBe(true);
    under.full.reset('full-1');
    expect(counter.exhaust('n2')).toBe(5);
    expect(counter.take('n3')).toBe(false);
  });

  it('are limited by the shared bucket in one batch, too', () => {
    const under = aFullStore(3);
    const counter = new Counter(policy, under);
    const crowd = names('n', 6).map((name) => counter.request(name));
    const passed = under.store.decide(crowd, 'all').filter((verdict) => verdict.allowed);
    expect(passed.length).toBeLessThanOrEqual(5);
  });

  it('never lower the count of the shared bucket', () => {
    const under = aFullStore(3);
    const counter = new Counter(policy, under);
    names('n', 5).forEach((name) => counter.take(name));
    under.full.reset('full-0');
    // Two new identifiers in one batch, and capacity for one: others must not be affected.
    under.store.decide([counter.request('a', { cost: 5 }), counter.request('b')], 'all');
    counter.exhaust('a');
    expect(names('m', 10).filter((name) => counter.take(name))).toEqual([]);
  });
});

describe('slots of a full store', () => {
  const slots = slotsOf(2, 60_000);

  it('are shared, and limited together', () => {
    const counter = new Counter(slots, aFullStore(3), 'slots');
    const passed = names('n', 10).filter((name) => counter.decide(name, { leaseId: name }).allowed);
    expect(passed).toEqual(['n0', 'n1']);
  });

  it('are limited together in one batch, too', () => {
    const under = aFullStore(3);
    const counter = new Counter(slots, under, 'slots');
    const crowd = names('n', 3).map((name) => counter.request(name, { leaseId: name }));
    const passed = under.store.decide(crowd, 'all').filter((verdict) => verdict.allowed);
    expect(passed.length).toBeLessThanOrEqual(2);
  });

  it('can be renewed and released', () => {
    const under = aFullStore(3);
    const counter = new Counter(slots, under, 'slots');
    counter.decide('n0', { leaseId: '0' });
    counter.decide('n1', { leaseId: '1' });
    under.clock.advance(40_000);
    expect(counter.renew('n0', '0', 60_000)).toBe(true);
    under.clock.advance(20_000);
    expect(counter.renew('n1', '1', 60_000)).toBe(false);
    expect(counter.decide('n2', { leaseId: '2' }).allowed).toBe(true);
    expect(counter.decide('n3', { leaseId: '3' }).allowed).toBe(false);
    counter.release('n0', { cost: 0, leaseId: '0' });
    expect(counter.decide('n3', { leaseId: '3' }).allowed).toBe(true);
  });
});

describe('the overflow event', () => {
  it('names store, limiter and bound', () => {
    const under = aFullStore(3);
    new Counter(windowOf(1, 1_000), under).take('n');
    expect(under.overflows).toEqual([{ storeId: 'main', limiterId: 'api', maxKeys: 3 }]);
  });

  it('is sent at most once a minute per limiter', () => {
    const under = aFullStore(3);
    const [first, second] = [
      new Counter(windowOf(10_000, HOUR_MS), under, 'a'),
      new Counter(slotsOf(10_000, HOUR_MS), under, 'b'),
    ];
    const crowd = names('n', 500);
    const flood = (): number => {
      for (const name of crowd) {
        first.take(name);
        second.decide(name, { leaseId: name });
      }
      return under.overflows.length;
    };
    expect(flood()).toBe(2);
    under.clock.advance(59_999);
    expect(flood()).toBe(2);
    under.clock.advance(1);
    expect(flood()).toBe(4);
    expect(under.overflows.map(({ limiterId }) => limiterId).sort()).toEqual(['a', 'a', 'b', 'b']);
  });

  it('is not sent for peeks, for denials, or while an identifier can be evicted', () => {
    const under = aFullStore(3);
    const counter = new Counter(windowOf(1, HOUR_MS), under);
    counter.peek('n');
    counter.take('n', 2);
    expect(under.overflows).toEqual([]);
    under.full.reset('full-0');
    counter.take('m');
    expect(under.overflows).toEqual([]);
  });
});
