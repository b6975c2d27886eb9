import { describe, expect, it, vi } from 'vitest';
import {
  aStore,
  bucket,
  Counter,
  names,
  slotsOf,
  windowOf,
} from '../../../test/properties/counter.js';

const DAY_MS = 86_400_000;
const policies = [
  ['a token bucket', bucket(3, 1)],
  ['a sliding window', windowOf(3, 3_000)],
] as const;

describe.each(policies)('a memory store that counts %s', (_, policy) => {
  it('counts identifiers and limiters separately', () => {
    const under = aStore();
    const [first, second] = [new Counter(policy, under, 'a'), new Counter(policy, under, 'b')];
    expect([first.exhaust('x'), first.exhaust('y'), second.exhaust('x')]).toEqual([3, 3, 3]);
    expect(under.store.usage().keys).toBe(3);
  });

  it.each(['', '__proto__', 'constructor', 'a:b', 'a\\:b', '\0', '🙂', 'x'.repeat(10_000)])(
    'counts the identifier %j separately',
    (identifier) => {
      const counter = new Counter(policy);
      expect(counter.exhaust(identifier)).toBe(3);
      expect(counter.exhaust(`${identifier} `)).toBe(3);
    },
  );

  it('keeps no state for a peek, a denial, a cost that never fits or an empty refund', () => {
    const counter = new Counter(policy);
    counter.peek('a');
    counter.take('b', 4);
    counter.release('c', { cost: 1 });
    expect(counter.store.usage().keys).toBe(0);
  });

  it('keeps no state for an identifier whose units were all released', () => {
    const counter = new Counter(policy);
    counter.take('a', 2);
    counter.release('a', { cost: 2 });
    expect(counter.store.usage().keys).toBe(0);
  });

  it('deletes an identifier that is reset, and no other', () => {
    const counter = new Counter(policy);
    counter.exhaust('a');
    counter.exhaust('b');
    counter.reset('a');
    counter.reset('unknown');
    expect(counter.store.usage().keys).toBe(1);
    expect([counter.take('a'), counter.take('b')]).toEqual([true, false]);
  });

  it('removes expired identifiers with other traffic', () => {
    const counter = new Counter(policy);
    for (const name of names('a', 1_000)) counter.take(name);
    counter.clock.advance(10_000);
    counter.take('other');
    expect(counter.store.usage().keys).toBe(1);
  });

  it('continues to count when the numbers of the policy change', () => {
    const counter = new Counter(policy);
    expect(counter.exhaust('a')).toBe(3);
    counter.policy = policy.algorithm === 'token_bucket' ? bucket(5, 1) : windowOf(5, 3_000);
    expect(counter.exhaust('a')).toBe(2);
    counter.policy = policy;
    expect(counter.take('a')).toBe(false);
  });
});

describe('a memory store', () => {
  it('uses no timers, neither its own nor those of its clock', () => {
    const started = vi.spyOn(globalThis, 'setTimeout');
    const repeated = vi.spyOn(globalThis, 'setInterval');
    const under = aStore(10);
    const counter = new Counter(windowOf(3, 366 * DAY_MS), under);
    const slots = new Counter(slotsOf(2, 1_000), under, 'slots');
    for (const name of names('a', 100)) {
      counter.take(name);
      slots.decide(name, { leaseId: name });
      under.clock.advance(100);
    }
    expect(under.clock.pendingTimers).toBe(0);
    expect(started).not.toHaveBeenCalled();
    expect(repeated).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  it.each([1, 30, 366])('is exact over %d days', (days) => {
    const windowMs = days * DAY_MS;
    const counter = new Counter(windowOf(2, windowMs), aStore(undefined, 0));
    expect(counter.exhaust('a')).toBe(2);
    expect(counter.decide('a')).toMatchObject({ retryAfterMs: windowMs, resetAfterMs: windowMs });
    counter.clock.advance(windowMs - 1);
    expect(counter.decide('a').retryAfterMs).toBe(1);
    counter.clock.advance(1);
    expect(counter.exhaust('a')).toBe(2);
  });

  it('is exact when a bucket takes 366 days to fill', () => {
    const days = 366;
    const counter = new Counter(bucket(days, 1 / 86_400));
    expect(counter.exhaust('a')).toBe(days);
    counter.clock.advance(DAY_MS - 1);
    expect(counter.take('a')).toBe(false);
    counter.clock.advance(2);
    expect(counter.exhaust('a')).toBe(1);
    counter.clock.advance((days + 1) * DAY_MS);
    expect(counter.exhaust('a')).toBe(days);
  });

  it('restarts the count when the algorithm changes', () => {
    const counter = new Counter(bucket(3, 1));
    counter.exhaust('a');
    counter.policy = windowOf(2, 1_000);
    expect(counter.exhaust('a')).toBe(2);
    expect(counter.store.usage().keys).toBe(1);
  });

  it('keeps its counts when a grant of another algorithm is released', () => {
    const counter = new Counter(bucket(3, 1));
    const { reservation } = counter.decide('a');
    counter.policy = windowOf(2, 1_000);
    expect(counter.exhaust('a')).toBe(2);
    counter.policy = bucket(3, 1);
    counter.release('a', { cost: 1 }, reservation);
    counter.policy = windowOf(2, 1_000);
    expect(counter.take('a')).toBe(false);
  });

  it('keeps the counts of the current policy when a grant of an older one is released', () => {
    const [older, present] = [windowOf(3, 1_000), windowOf(3, 10_000)];
    const counter = new Counter(older);
    const { reservation } = counter.decide('a');
    counter.clock.advance(500);
    counter.policy = present;
    counter.take('a', 2);
    counter.clock.advance(2_000);
    counter.policy = older;
    counter.release('a', { cost: 1 }, reservation);
    counter.policy = present;
    expect(counter.peek('a').remaining).toBe(1);
  });

  it('describes itself and is always up', () => {
    const { store } = aStore();
    expect(store.describe()).toEqual({
      id: 'main',
      strategy: 'memory',
      topology: null,
      address: null,
    });
    expect(() => {
      store.check();
    }).not.toThrow();
  });

  it('holds no state after it was closed', () => {
    const counter = new Counter(bucket(3, 1));
    counter.exhaust('a');
    counter.store.close();
    expect(counter.store.usage().keys).toBe(0);
  });

  it('returns no verdicts for an empty batch', () => {
    const { store } = aStore();
    for (const mode of ['all', 'any'] as const) expect(store.decide([], mode)).toEqual([]);
  });
});
