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

describe('a full memory store', () => {
  it('respects its bound over several limiters and kinds of state', () => {
    const under = aStore(10);
    const counters = [
      new Counter(bucket(5, 1), under, 'bucket'),
      new Counter(windowOf(5, HOUR_MS), under, 'window'),
      new Counter(slotsOf(5, HOUR_MS), under, 'slots'),
    ];
    for (const name of names('a', 200)) {
      counters.forEach((counter, index) =>
        counter.decide(name, { leaseId: index === 2 ? name : null }),
      );
      expect(under.store.usage().keys).toBeLessThanOrEqual(10);
    }
    expect(under.store.usage().keys).toBe(10);
  });

  it('evicts expired identifiers first, of any limiter', () => {
    const under = aStore(3);
    const brief = new Counter(windowOf(2, 100), under, 'brief');
    const long = new Counter(windowOf(2, HOUR_MS), under, 'long');
    long.take('a');
    brief.take('expires', 2);
    long.take('b');
    under.clock.advance(100);
    long.take('new');
    expect(under.store.usage().evictions).toBe(0);
    expect([long.peek('a'), long.peek('b'), long.peek('new')]).toMatchObject([
      { remaining: 1 },
      { remaining: 1 },
      { remaining: 1 },
    ]);
  });

  it.each([
    ['a token bucket', bucket(10, 0.001)],
    ['a sliding window', windowOf(10, HOUR_MS)],
  ])('evicts the least used of %s next', (_, policy) => {
    const under = aStore(4);
    const counter = new Counter(policy, under);
    const costs = [7, 2, 9, 4];
    costs.forEach((cost, index) => counter.take(String(index), cost));
    counter.take('new', 5);
    const left = [...costs.keys()].map((index) => counter.peek(String(index)).remaining);
    expect(left).toEqual([3, 10, 1, 6]);
    expect(under.store.usage().evictions).toBe(1);
  });

  it('compares limiters by their used share', () => {
    const under = aStore(2);
    const small = new Counter(windowOf(2, HOUR_MS), under, 'small');
    const large = new Counter(windowOf(100, HOUR_MS), under, 'large');
    large.take('a', 20);
    small.take('a', 1);
    small.take('new', 1);
    expect([small.peek('a').remaining, large.peek('a').remaining]).toEqual([1, 100]);
  });

  it.each([
    ['a token bucket', bucket(3, 0.001)],
    ['a sliding window', windowOf(3, HOUR_MS)],
  ])('never evicts an exhausted identifier of %s', (_, policy) => {
    const counter = new Counter(policy, aStore(20));
    counter.exhaust('blocked');
    for (const name of names('a', 5_000)) counter.take(name);
    expect(counter.take('blocked')).toBe(false);
    expect(counter.store.usage().keys).toBeLessThanOrEqual(20);
  });

  it('never evicts an identifier that is exhausted by a reservation', () => {
    const counter = new Counter(windowOf(1, HOUR_MS), aStore(5));
    counter.decide('blocked', { maxWaitMs: HOUR_MS });
    counter.decide('blocked', { maxWaitMs: HOUR_MS });
    for (const name of names('a', 100)) counter.decide(name, { cost: 0 });
    for (const name of names('b', 100)) counter.take(name);
    expect(counter.peek('blocked').retryAfterMs).toBe(2 * HOUR_MS);
  });

  it('may evict an identifier again that has units left because time has passed', () => {
    const counter = new Counter(bucket(2, 1), aStore(1));
    counter.exhaust('a');
    counter.clock.advance(1_000);
    expect(counter.take('new')).toBe(true);
    expect(counter.store.usage().evictions).toBe(1);
    expect(counter.peek('new').remaining).toBe(1);
  });

  it('may evict an identifier again whose units were released', () => {
    const counter = new Counter(windowOf(2, HOUR_MS), aStore(1));
    counter.exhaust('a');
    counter.release('a', { cost: 1 });
    counter.take('new');
    expect(counter.peek('new').remaining).toBe(1);
    expect(counter.store.usage().evictions).toBe(1);
  });

  it('never evicts an identifier that is exhausted since a limit was lowered', () => {
    const counter = new Counter(windowOf(10, HOUR_MS), aStore(3));
    counter.take('blocked', 5);
    counter.take('a', 1);
    counter.take('b', 1);
    counter.policy = windowOf(3, HOUR_MS);
    for (const name of names('n', 100)) counter.take(name);
    expect(counter.peek('blocked')).toMatchObject({ allowed: false, remaining: 0 });
  });

  it('may evict an identifier again that has units left since a limit was raised', () => {
    const under = aStore(1);
    const counter = new Counter(windowOf(2, HOUR_MS), under);
    counter.exhaust('a');
    counter.policy = windowOf(3, HOUR_MS);
    counter.take('new');
    expect(counter.peek('new').remaining).toBe(2);
    expect(under.overflows).toEqual([]);
  });

  it('never evicts a held slot', () => {
    const under = aStore(3);
    const slots = new Counter(slotsOf(2, HOUR_MS), under, 'slots');
    const counter = new Counter(windowOf(2, HOUR_MS), under);
    slots.decide('a', { leaseId: '1' });
    for (const name of names('n', 500)) counter.take(name);
    expect(slots.peek('a')).toMatchObject({ remaining: 1 });
    expect(slots.renew('a', '1', HOUR_MS)).toBe(true);
  });

  it('evicts released slots, and slots whose leases have ended', () => {
    const under = aStore(2);
    const slots = new Counter(slotsOf(1, 1_000), under, 'slots');
    slots.decide('released', { leaseId: '1' });
    slots.release('released', { cost: 0, leaseId: '1' });
    expect(under.store.usage().keys).toBe(0);
    slots.decide('ended', { leaseId: '2' });
    slots.decide('ended too', { leaseId: '3' });
    under.clock.advance(1_000);
    expect(slots.decide('new', { leaseId: '4' }).allowed).toBe(true);
    expect(under.overflows).toEqual([]);
  });

  it('respects its bound while exhausted identifiers recover one by one', () => {
    const under = aStore(300);
    const counter = new Counter(windowOf(1, HOUR_MS), under);
    for (const name of names('a', 300)) {
      counter.take(name);
      under.clock.advance(10);
    }
    under.clock.advance(HOUR_MS - 300 * 10 + 5);
    for (const name of names('n', 1_000)) {
      counter.take(name);
      under.clock.advance(0.5);
      expect(under.store.usage().keys).toBeLessThanOrEqual(300);
    }
  });
});
