import { describe, expect, it } from 'vitest';
import { timeline } from '../../test/support/limiters.js';
import type { SlidingWindowPolicy } from '../core/policy.js';
import { slidingWindow } from './sliding-window.js';
import { momentsOf } from '../../test/support/window-logs.js';
import { type WindowLog } from './window-log.js';

const policyOf = (limit: number): SlidingWindowPolicy => ({
  algorithm: 'sliding_window',
  limit,
  windowMs: 1_000,
});
const one = policyOf(1);
const two = policyOf(2);
const three = policyOf(3);

/** The moment that a caller gets who waits as long as it takes. */
function reserve(log: WindowLog, policy: SlidingWindowPolicy, cost: number, now: number): number {
  const verdict = slidingWindow.evaluate(log, policy, { cost, maxWaitMs: Infinity }, now);
  expect(verdict.allowed).toBe(true);
  slidingWindow.commit(log, policy, cost, verdict);
  return verdict.reservation;
}

/** The log after callers came at moment 0, each waiting as long as it takes. */
function reserved(policy: SlidingWindowPolicy, costs: readonly number[]): WindowLog {
  const log = slidingWindow.fresh();
  for (const cost of costs) reserve(log, policy, cost, 0);
  return log;
}

describe('reservation in a sliding window', () => {
  it('gives each waiter the first moment after the one before, within its patience', () => {
    // prettier-ignore
    timeline(slidingWindow, two, [
      { now: 0, cost: 1, remaining: 1, retryAfterMs: 0 },
      { now: 300, cost: 1, remaining: 0, retryAfterMs: 0 },
      { now: 400, cost: 1, maxWaitMs: 599, remaining: 0, retryAfterMs: 600 },
      { now: 400, cost: 1, maxWaitMs: 600, waitMs: 600, remaining: 0, retryAfterMs: 0 },
      { now: 400, cost: 1, maxWaitMs: 900, waitMs: 900, remaining: 0, retryAfterMs: 0 },
      { now: 400, cost: 1, maxWaitMs: 9_000, waitMs: 1_600, remaining: 0, retryAfterMs: 0 },
      { now: 500, cost: 1, remaining: 0, retryAfterMs: 1_800 },
    ]);
  });

  it('counts what is reserved as taken', () => {
    // prettier-ignore
    timeline(slidingWindow, two, [
      { now: 0, cost: 2, remaining: 0, retryAfterMs: 0 },
      { now: 0, cost: 2, maxWaitMs: 1_000, waitMs: 1_000, remaining: 0, retryAfterMs: 0, resetAfterMs: 2_000, moreAfterMs: 2_000 },
      { now: 1_999, cost: 1, remaining: 0, retryAfterMs: 1, resetAfterMs: 1, moreAfterMs: 1 },
      { now: 2_000, cost: 2, remaining: 0, retryAfterMs: 0 },
    ]);
  });

  it('lets nobody pass before those who wait, even where there is room', () => {
    // prettier-ignore
    timeline(slidingWindow, three, [
      { now: 0, cost: 2, remaining: 1, retryAfterMs: 0 },
      { now: 0, cost: 3, maxWaitMs: 1_000, waitMs: 1_000, retryAfterMs: 0 },
      { now: 0, cost: 1, retryAfterMs: 2_000 },
    ]);
  });

  it('counts waits from the beginning of a millisecond', () => {
    // prettier-ignore
    timeline(slidingWindow, one, [
      { now: 0.5, cost: 1, remaining: 0, retryAfterMs: 0 },
      { now: 0.75, cost: 1, maxWaitMs: 999, remaining: 0, retryAfterMs: 1_000 },
      { now: 0.75, cost: 1, maxWaitMs: 1_000, waitMs: 1_000, remaining: 0, retryAfterMs: 0 },
    ]);
  });
});

describe('giving back to a sliding window', () => {
  const release = (
    log: WindowLog,
    policy: SlidingWindowPolicy,
    cost: number,
    reservation: number | null,
  ) => slidingWindow.release(log, policy, cost, reservation, 0);

  it('takes a refund from the newest units', () => {
    // prettier-ignore
    const log = timeline(slidingWindow, three, [
      { now:   0, cost: 1, retryAfterMs: 0 },
      { now: 200, cost: 1, retryAfterMs: 0 },
      { now: 400, cost: 1, retryAfterMs: 0 },
    ]);
    const refunded = slidingWindow.release(log, three, 2, null, 500);
    timeline(
      slidingWindow,
      three,
      [{ now: 500, cost: 0, remaining: 2, retryAfterMs: 0, resetAfterMs: 500 }],
      refunded,
    );
  });

  it.each([0, 1, 2, 3, 4, 1e9])('returns at most what was taken for a refund of %d', (cost) => {
    const log = release(reserved(three, [2]), three, cost, null);
    const remaining = Math.min(3, 1 + cost);
    timeline(slidingWindow, three, [{ now: 0, cost: 0, remaining, retryAfterMs: 0 }], log);
  });

  it('returns the last reservation as if it had never been made', () => {
    const log = release(reserved(two, [1, 1, 1]), two, 1, 1_000);
    expect(momentsOf(log)).toEqual([0, 0]);
    expect(reserve(log, two, 1, 0)).toBe(1_000);
  });

  it('returns a reservation in the middle, and keeps the moments of the others', () => {
    const log = reserved(two, [2, 1, 1, 1]); // 0, 0, 1000, 1000, 2000
    const returned = release(log, two, 1, 1_000);
    // The one that stays at 1000 and the one at 2000 leave room for one at 2000.
    expect(reserve(returned, two, 1, 0)).toBe(2_000);
    expect(reserve(returned, two, 1, 0)).toBe(3_000);
  });

  it('returns no units of a reservation that is unknown, or was returned before', () => {
    const log = reserved(two, [2, 1]);
    expect(momentsOf(release(log, two, 1, 777))).toEqual(momentsOf(log));
    const returned = release(log, two, 1, 1_000);
    expect(momentsOf(release(returned, two, 1, 1_000))).toEqual(momentsOf(returned));
  });

  it('returns only the units of the reservation, however many are said to be its own', () => {
    const log = release(reserved(three, [1, 1]), three, 9, 0);
    timeline(slidingWindow, three, [{ now: 0, cost: 0, remaining: 3, retryAfterMs: 0 }], log);
    const other = release(reserved(two, [2, 1]), two, 9, 1_000);
    expect(momentsOf(other)).toEqual([0, 0]);
  });

  it('lets nobody pass early in place of a reservation that was handed back', () => {
    const log = reserved(one, [1, 1]);
    const returned = release(log, one, 1, 1_000);
    timeline(slidingWindow, one, [{ now: 1, cost: 1, retryAfterMs: 999 }], returned);
  });

  it('lets nobody pass early within the last millisecond before a reservation', () => {
    const log = slidingWindow.fresh();
    reserve(log, one, 1, 0);
    const reservation = reserve(log, one, 1, 999.5);
    const returned = slidingWindow.release(log, one, 1, reservation, 999.5);
    // The unit of moment 0 is not yet a whole window old.
    timeline(slidingWindow, one, [{ now: 999.5, cost: 1, retryAfterMs: 1 }], returned);
  });

  it('has nothing left when nobody can pass before those who wait', () => {
    const log = release(reserved(three, [3, 1]), three, 3, 0);
    // Two units came back, but the one who waits for moment 1000 goes first.
    const peek = slidingWindow.evaluate(log, three, { cost: 0, maxWaitMs: 0 }, 0);
    expect(peek.allowed).toBe(peek.remaining > 0);
  });
});

describe('a refund of a sliding window', () => {
  it('D11: takes the newest moment, whichever unit is meant, as the documentation says', () => {
    const log = slidingWindow.fresh();
    reserve(log, two, 1, 0);
    reserve(log, two, 1, 900);
    slidingWindow.release(log, two, 1, null, 950);
    expect(momentsOf(log)).toEqual([0]);
  });

  it('D11: gives nothing back while a moment ahead is promised', () => {
    const log = reserved(two, [1, 1, 1]);
    const before = momentsOf(log);
    slidingWindow.release(log, two, 1, null, 0);
    expect(momentsOf(log)).toEqual(before);
  });
});
