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

/** The moment that is reserved for a request without a limit of its wait. */
function reserve(log: WindowLog, policy: SlidingWindowPolicy, cost: number, now: number): number {
  const verdict = slidingWindow.evaluate(log, policy, { cost, maxWaitMs: Infinity }, now);
  expect(verdict.allowed).toBe(true);
  slidingWindow.commit(log, policy, cost, verdict);
  return verdict.reservation;
}

/** The log after requests at moment 0 without a limit of their wait. */
function reserved(policy: SlidingWindowPolicy, costs: readonly number[]): WindowLog {
  const log = slidingWindow.fresh();
  for (const cost of costs) reserve(log, policy, cost, 0);
  return log;
}

describe('reservation in a sliding window', () => {
  it('reserves the first moment after the previous one, within the longest wait of each request', () => {
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

  it('counts reservations as taken', () => {
    // prettier-ignore
    timeline(slidingWindow, two, [
      { now: 0, cost: 2, remaining: 0, retryAfterMs: 0 },
      { now: 0, cost: 2, maxWaitMs: 1_000, waitMs: 1_000, remaining: 0, retryAfterMs: 0, resetAfterMs: 2_000, moreAfterMs: 2_000 },
      { now: 1_999, cost: 1, remaining: 0, retryAfterMs: 1, resetAfterMs: 1, moreAfterMs: 1 },
      { now: 2_000, cost: 2, remaining: 0, retryAfterMs: 0 },
    ]);
  });

  it('never lets a request overtake reservations, even where units are left', () => {
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

describe('a release to a sliding window', () => {
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

  it('undoes the last reservation completely', () => {
    const log = release(reserved(two, [1, 1, 1]), two, 1, 1_000);
    expect(momentsOf(log)).toEqual([0, 0]);
    expect(reserve(log, two, 1, 0)).toBe(1_000);
  });

  it('returns a reservation in the middle, and keeps the moments of the others', () => {
    const log = reserved(two, [2, 1, 1, 1]); // 0, 0, 1000, 1000, 2000
    const returned = release(log, two, 1, 1_000);
    // The reservations that stay at 1000 and 2000 leave one unit for 2000.
    expect(reserve(returned, two, 1, 0)).toBe(2_000);
    expect(reserve(returned, two, 1, 0)).toBe(3_000);
  });

  it('returns no units of an unknown or released reservation', () => {
    const log = reserved(two, [2, 1]);
    expect(momentsOf(release(log, two, 1, 777))).toEqual(momentsOf(log));
    const returned = release(log, two, 1, 1_000);
    expect(momentsOf(release(returned, two, 1, 1_000))).toEqual(momentsOf(returned));
  });

  it('returns only the units of the reservation, whatever cost is given', () => {
    const log = release(reserved(three, [1, 1]), three, 9, 0);
    timeline(slidingWindow, three, [{ now: 0, cost: 0, remaining: 3, retryAfterMs: 0 }], log);
    const other = release(reserved(two, [2, 1]), two, 9, 1_000);
    expect(momentsOf(other)).toEqual([0, 0]);
  });

  it('never allows a request early in place of a released reservation', () => {
    const log = reserved(one, [1, 1]);
    const returned = release(log, one, 1, 1_000);
    timeline(slidingWindow, one, [{ now: 1, cost: 1, retryAfterMs: 999 }], returned);
  });

  it('never allows a request early within the last millisecond before a reservation', () => {
    const log = slidingWindow.fresh();
    reserve(log, one, 1, 0);
    const reservation = reserve(log, one, 1, 999.5);
    const returned = slidingWindow.release(log, one, 1, reservation, 999.5);
    // The unit of moment 0 is not yet a whole window old.
    timeline(slidingWindow, one, [{ now: 999.5, cost: 1, retryAfterMs: 1 }], returned);
  });

  it('has no units left while reservations exist', () => {
    const log = release(reserved(three, [3, 1]), three, 3, 0);
    // Two units were released, but the reservation of moment 1000 has precedence.
    const peek = slidingWindow.evaluate(log, three, { cost: 0, maxWaitMs: 0 }, 0);
    expect(peek.allowed).toBe(peek.remaining > 0);
  });
});

describe('a refund of a sliding window', () => {
  it('D11: removes the newest moment, whichever unit is meant, as documented', () => {
    const log = slidingWindow.fresh();
    reserve(log, two, 1, 0);
    reserve(log, two, 1, 900);
    slidingWindow.release(log, two, 1, null, 950);
    expect(momentsOf(log)).toEqual([0]);
  });

  it('D11: returns nothing while a future moment is reserved', () => {
    const log = reserved(two, [1, 1, 1]);
    const before = momentsOf(log);
    slidingWindow.release(log, two, 1, null, 0);
    expect(momentsOf(log)).toEqual(before);
  });
});
