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

/** Three limiters of one store: a bucket of two, a window of three, two slots. */
function threeLimiters(maxKeys?: number) {
  const under = aStore(maxKeys);
  const units = new Counter(bucket(2, 0.001), under, 'bucket');
  const moments = new Counter(windowOf(3, HOUR_MS), under, 'window');
  const slots = new Counter(slotsOf(2, HOUR_MS), under, 'slots');
  return { ...under, units, moments, slots };
}

describe('a batch of mode all', () => {
  it('takes from every limit when every limit allows', () => {
    const { store, units, moments, slots } = threeLimiters();
    const batch = [
      units.request('a'),
      moments.request('a', { cost: 2 }),
      slots.request('a', { leaseId: '1' }),
    ];
    expect(store.decide(batch, 'all')).toMatchObject([
      { allowed: true, remaining: 1 },
      { allowed: true, remaining: 1 },
      { allowed: true, remaining: 1 },
    ]);
    expect([units, moments, slots].map((each) => each.peek('a').remaining)).toEqual([1, 1, 1]);
  });

  it('takes from none when one denies, and returns the state of each', () => {
    const { store, units, moments, slots } = threeLimiters();
    units.exhaust('a');
    const batch = [
      moments.request('a', { cost: 2 }),
      units.request('a'),
      slots.request('a', { leaseId: '1' }),
    ];
    expect(store.decide(batch, 'all')).toMatchObject([
      { allowed: true, remaining: 3, resetAfterMs: 0 },
      { allowed: false, remaining: 0, retryAfterMs: 1_000_000 },
      { allowed: true, remaining: 2, resetAfterMs: 0 },
    ]);
    expect(store.usage().keys).toBe(1);
    expect(slots.renew('a', '1', HOUR_MS)).toBe(false);
  });

  it('takes nothing when two deny', () => {
    const { store, units, moments, slots } = threeLimiters();
    units.exhaust('a');
    slots.decide('a', { leaseId: '1' });
    slots.decide('a', { leaseId: '2' });
    const batch = [units.request('a'), moments.request('a'), slots.request('a', { leaseId: '3' })];
    const verdicts = store.decide(batch, 'all');
    expect(verdicts.map(({ denial }) => denial)).toEqual(['rate', null, 'slot']);
    expect(moments.peek('a').remaining).toBe(3);
  });

  it('separates the identifiers of one limiter', () => {
    const { store, units } = threeLimiters();
    const batch = names('n', 3).map((name) => units.request(name, { cost: 2 }));
    expect(store.decide(batch, 'all').every((verdict) => verdict.allowed)).toBe(true);
    expect(names('n', 3).map((name) => units.take(name))).toEqual([false, false, false]);
  });

  it.each([1, 2, 3])(
    'takes what it allows although identifiers are evicted meanwhile (capacity %d)',
    (maxKeys) => {
      const { store, units, moments } = threeLimiters(maxKeys);
      for (const name of names('old', maxKeys)) moments.take(name);
      const batch = [
        ...names('old', maxKeys).map((name) => moments.request(name)),
        ...names('new', 2).map((name) => units.request(name)),
      ];
      const verdicts = store.decide(batch, 'all');
      expect(verdicts).toHaveLength(batch.length);
      expect(store.usage().keys).toBeLessThanOrEqual(maxKeys);
      for (const verdict of verdicts) expect(verdict.remaining).toBeGreaterThanOrEqual(0);
    },
  );

  it('never evicts an exhausted identifier of the batch', () => {
    const { store, units, moments } = threeLimiters(3);
    units.exhaust('blocked');
    moments.take('old');
    moments.take('older');
    store.decide(
      names('n', 5).map((name) => moments.request(name)),
      'all',
    );
    expect(units.take('blocked')).toBe(false);
  });
});

describe('a batch of mode any', () => {
  it('takes from the first limit that allows, and from no other', () => {
    const { store, units, moments, slots } = threeLimiters();
    units.exhaust('a');
    const batch = [units.request('a'), moments.request('a'), slots.request('a', { leaseId: '1' })];
    expect(store.decide(batch, 'any')).toMatchObject([
      { allowed: false, remaining: 0 },
      { allowed: true, remaining: 2 },
      { allowed: true, remaining: 2 },
    ]);
    expect([moments.peek('a').remaining, slots.peek('a').remaining]).toEqual([2, 2]);
  });

  it('takes nothing when all deny', () => {
    const { store, units, moments } = threeLimiters();
    units.exhaust('a');
    const batch = [units.request('a'), moments.request('a', { cost: 4 })];
    expect(store.decide(batch, 'any').map(({ allowed }) => allowed)).toEqual([false, false]);
    expect(moments.peek('a').remaining).toBe(3);
  });
});

describe('a request for units and a slot', () => {
  const policy = { ...windowOf(3, HOUR_MS), concurrency: { maxConcurrent: 2, leaseMs: 60_000 } };

  it('takes both, and nothing when either is missing', () => {
    const counter = new Counter(policy);
    expect(counter.decide('a', { leaseId: '1' })).toMatchObject({ allowed: true, remaining: 2 });
    expect(counter.decide('a', { leaseId: '2' })).toMatchObject({ allowed: true, remaining: 1 });
    expect(counter.decide('a', { leaseId: '3' })).toMatchObject({ allowed: false, denial: 'slot' });
    counter.release('a', { cost: 0, leaseId: '1' });
    expect(counter.decide('a', { leaseId: '3', cost: 2 })).toMatchObject({ denial: 'rate' });
    expect(counter.decide('a', { leaseId: '3' })).toMatchObject({ allowed: true, remaining: 0 });
    counter.release('a', { cost: 0, leaseId: '2' });
    expect(counter.decide('a', { leaseId: '4' })).toMatchObject({ denial: 'rate' });
    expect(counter.renew('a', '4', 60_000)).toBe(false);
  });

  it('returns the wait until both units and a slot are available', () => {
    const counter = new Counter(policy);
    counter.decide('a', { leaseId: '1' });
    counter.decide('a', { leaseId: '2', cost: 2 });
    expect(counter.decide('a', { leaseId: '3' }).retryAfterMs).toBe(HOUR_MS);
    expect(counter.decide('a', { leaseId: '3', cost: 4 }).retryAfterMs).toBe(Infinity);
    counter.release('a', { cost: 2 });
    expect(counter.decide('a', { leaseId: '3' }).retryAfterMs).toBe(60_000);
  });

  it('takes no slot when it requests only units', () => {
    const counter = new Counter(policy);
    counter.decide('a', { leaseId: '1' });
    counter.decide('a', { leaseId: '2' });
    expect(counter.take('a')).toBe(true);
  });
});
