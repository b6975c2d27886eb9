import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { aStore, bucket, Counter, names, windowOf } from '../../../test/properties/counter.js';

const DAY_MS = 86_400_000;
const MAX_KEYS = 10_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Megabytes of the heap in use. */
function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** A store with one identifier that is denied for 30 days. */
function withBlocked() {
  const under = aStore(MAX_KEYS);
  const login = new Counter(windowOf(5, 30 * DAY_MS), under, 'login');
  login.exhaust('blocked');
  return { ...under, login };
}

describe('a memory store under a flood of identifiers', () => {
  it('stays within its size, and never evicts a denied identifier', { timeout: 120_000 }, () => {
    const { store, clock, overflows, login } = withBlocked();
    const counter = new Counter(bucket(2, 1), { store, clock, overflows });
    let largest = 0;
    let denied = 0;
    const flood = (from: number, to: number): void => {
      for (let index = from; index < to; index++) {
        if (index % MAX_KEYS === 0) {
          largest = Math.max(largest, store.usage().keys);
          clock.advance(2_000);
        }
        if (!counter.take(`n${String(index)}`)) denied += 1;
      }
    };
    flood(0, 1_000_000);
    const before = heapInUse();
    flood(1_000_000, 10_000_000);
    expect(heapInUse() - before).toBeLessThan(5);
    expect(largest).toBe(MAX_KEYS);
    expect(denied).toBe(0);
    expect(login.peek('blocked')).toMatchObject({ allowed: false, remaining: 0 });
    expect(clock.pendingTimers).toBe(0);
    expect(overflows).toEqual([]);
  });

  it('stays within its size when no identifier expires', { timeout: 60_000 }, () => {
    const { store, clock, overflows, login } = withBlocked();
    const counter = new Counter(windowOf(10, 30 * DAY_MS), { store, clock, overflows });
    for (const name of names('n', 50_000)) counter.take(name);
    expect(store.usage().keys).toBe(MAX_KEYS);
    expect(login.take('blocked')).toBe(false);
    expect(overflows).toEqual([]);
  });

  it('stays within its size when every identifier is exhausted, and counts new ones together', () => {
    const { store, clock, overflows, login } = withBlocked();
    const counter = new Counter(windowOf(1, 30 * DAY_MS), { store, clock, overflows });
    const passed = names('n', 100_000).filter((name) => counter.take(name));
    expect(passed).toHaveLength(MAX_KEYS - 1 + 1);
    expect(store.usage().keys).toBe(MAX_KEYS);
    expect(login.take('blocked')).toBe(false);
    expect(passed.slice(0, -1).some((name) => counter.take(name))).toBe(false);
    expect(overflows).toHaveLength(1);
  });

  it('frees its memory with other traffic after the flood', () => {
    const { store, clock, overflows, login } = withBlocked();
    const counter = new Counter(bucket(2, 1), { store, clock, overflows });
    for (const name of names('n', MAX_KEYS)) counter.take(name);
    for (let second = 0; second < 20; second++) {
      clock.advance(1_000);
      counter.take('regular');
    }
    expect(store.usage().keys).toBe(2);
    expect(login.take('blocked')).toBe(false);
  });
});
