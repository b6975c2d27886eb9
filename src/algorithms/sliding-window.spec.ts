import { describe, expect, it } from 'vitest';
import { timeline } from '../../test/support/limiters.js';
import type { SlidingWindowPolicy } from '../core/policy.js';
import { slidingWindow } from './sliding-window.js';
import { momentsOf } from '../../test/support/window-logs.js';

function windowOf(limit: number, windowMs = 1_000): SlidingWindowPolicy {
  return { algorithm: 'sliding_window', limit, windowMs };
}

/** retryAfterMs 0: the call passed and took its units. */
describe('a sliding window', () => {
  it('never allows more than its limit in any window', () => {
    // prettier-ignore
    timeline(slidingWindow, windowOf(3), [
      { now:     0, cost: 1, remaining: 2, retryAfterMs:   0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
      { now:   400, cost: 1, remaining: 1, retryAfterMs:   0, resetAfterMs: 1_000, moreAfterMs:   600 },
      { now:   400, cost: 1, remaining: 0, retryAfterMs:   0, resetAfterMs: 1_000, moreAfterMs:   600 },
      { now:   500, cost: 1, remaining: 0, retryAfterMs: 500, resetAfterMs:   900, moreAfterMs:   500 },
      { now:   999, cost: 1, remaining: 0, retryAfterMs:   1, resetAfterMs:   401, moreAfterMs:     1 },
      { now: 1_000, cost: 1, remaining: 0, retryAfterMs:   0, resetAfterMs: 1_000, moreAfterMs:   400 },
      { now: 1_399, cost: 1, remaining: 0, retryAfterMs:   1, resetAfterMs:   601, moreAfterMs:     1 },
      { now: 1_400, cost: 1, remaining: 1, retryAfterMs:   0, resetAfterMs: 1_000, moreAfterMs:   600 },
      { now: 9_000, cost: 0, remaining: 3, retryAfterMs:   0, resetAfterMs:     0, moreAfterMs:     0 },
    ]);
  });

  it('has no window edge at which twice the limit is allowed', () => {
    // prettier-ignore
    timeline(slidingWindow, windowOf(2), [
      { now:   999, cost: 2, remaining: 0, retryAfterMs:   0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
      { now: 1_000, cost: 1, remaining: 0, retryAfterMs: 999, resetAfterMs:   999, moreAfterMs:   999 },
      { now: 1_998, cost: 1, remaining: 0, retryAfterMs:   1, resetAfterMs:     1, moreAfterMs:     1 },
      { now: 1_999, cost: 2, remaining: 0, retryAfterMs:   0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
    ]);
  });

  it('takes n units for a cost of n, or none', () => {
    // prettier-ignore
    timeline(slidingWindow, windowOf(5), [
      { now:     0, cost: 2, remaining: 3, retryAfterMs:     0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
      { now:   100, cost: 4, remaining: 3, retryAfterMs:   900, resetAfterMs:   900, moreAfterMs:   900 },
      { now:   300, cost: 3, remaining: 0, retryAfterMs:     0, resetAfterMs: 1_000, moreAfterMs:   700 },
      { now:   300, cost: 2, remaining: 0, retryAfterMs:   700, resetAfterMs: 1_000, moreAfterMs:   700 },
      { now:   300, cost: 3, remaining: 0, retryAfterMs: 1_000, resetAfterMs: 1_000, moreAfterMs:   700 },
      { now: 1_000, cost: 3, remaining: 2, retryAfterMs:   300, resetAfterMs:   300, moreAfterMs:   300 },
      { now: 1_300, cost: 5, remaining: 0, retryAfterMs:     0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
    ]);
  });

  it('never allows a cost above the limit, and takes nothing for it', () => {
    // prettier-ignore
    timeline(slidingWindow, windowOf(3), [
      { now: 0, cost: 4, remaining: 3, retryAfterMs: Infinity, resetAfterMs: 0, moreAfterMs: 0 },
      { now: 0, cost: 1e9, remaining: 3, retryAfterMs: Infinity, resetAfterMs: 0, moreAfterMs: 0 },
      { now: 0, cost: 2 ** 53 - 1, maxWaitMs: Infinity, remaining: 3, retryAfterMs: Infinity, resetAfterMs: 0, moreAfterMs: 0 },
      { now: 0, cost: 3, remaining: 0, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
    ]);
  });

  it('evaluates a peek as one unit, and takes nothing', () => {
    // prettier-ignore
    timeline(slidingWindow, windowOf(1), [
      { now:     0, cost: 0, remaining: 1, retryAfterMs:   0, resetAfterMs:     0, moreAfterMs:     0 },
      { now:     0, cost: 1, remaining: 0, retryAfterMs:   0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
      { now:    10, cost: 0, remaining: 0, retryAfterMs: 990, resetAfterMs:   990, moreAfterMs:   990 },
      { now: 1_000, cost: 0, remaining: 1, retryAfterMs:   0, resetAfterMs:     0, moreAfterMs:     0 },
      { now: 1_000, cost: 1, remaining: 0, retryAfterMs:   0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
    ]);
  });

  it('has a resolution of one millisecond', () => {
    // prettier-ignore
    timeline(slidingWindow, windowOf(1), [
      { now:    0.25, cost: 1, remaining: 0, retryAfterMs:     0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
      { now:    0.75, cost: 1, remaining: 0, retryAfterMs: 1_000, resetAfterMs: 1_000, moreAfterMs: 1_000 },
      { now:   999.9, cost: 1, remaining: 0, retryAfterMs:     1, resetAfterMs:     1, moreAfterMs:     1 },
      { now:   1_000, cost: 1, remaining: 0, retryAfterMs:     0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
    ]);
  });

  it('works with a window of one millisecond', () => {
    // prettier-ignore
    timeline(slidingWindow, windowOf(2, 1), [
      { now:   0, cost: 2, remaining: 0, retryAfterMs: 0, resetAfterMs: 1, moreAfterMs: 1 },
      { now: 0.5, cost: 1, remaining: 0, retryAfterMs: 1, resetAfterMs: 1, moreAfterMs: 1 },
      { now:   1, cost: 2, remaining: 0, retryAfterMs: 0, resetAfterMs: 1, moreAfterMs: 1 },
    ]);
  });

  it('is exact at a limit of 10,000', () => {
    const policy = windowOf(10_000, 60_000);
    const lines = Array.from({ length: 10_000 }, (_, now) => ({
      now,
      cost: 1,
      remaining: 9_999 - now,
      retryAfterMs: 0,
    }));
    const log = timeline(slidingWindow, policy, lines);
    timeline(
      slidingWindow,
      policy,
      // prettier-ignore
      [
        { now: 10_000, cost: 1, remaining: 0, retryAfterMs: 50_000, resetAfterMs: 59_999, moreAfterMs: 50_000 },
        { now: 10_000, cost: 10_000, remaining: 0, retryAfterMs: 59_999 },
        { now: 59_999, cost: 1, remaining: 0, retryAfterMs: 1 },
        { now: 60_000, cost: 1, remaining: 0, retryAfterMs: 0, resetAfterMs: 60_000, moreAfterMs: 1 },
        { now: 60_100, cost: 100, remaining: 0, retryAfterMs: 0, resetAfterMs: 60_000, moreAfterMs: 1 },
        { now: 60_100, cost: 1, remaining: 0, retryAfterMs: 1 },
      ],
      log,
    );
    expect(log.size).toBe(10_000);
  });
});

describe('the state of a sliding window', () => {
  const policy = windowOf(4);
  const after = (units: number) =>
    timeline(slidingWindow, policy, units === 0 ? [] : [{ now: 0, cost: units, retryAfterMs: 0 }]);

  it.each([
    { units: 0, untouched: true, exhausted: false, usedShare: 0 },
    { units: 1, untouched: false, exhausted: false, usedShare: 0.25 },
    { units: 3, untouched: false, exhausted: false, usedShare: 0.75 },
    { units: 4, untouched: false, exhausted: true, usedShare: 1 },
  ])('is described after $units units by $usedShare', ({ units, ...described }) => {
    const log = after(units);
    expect({
      untouched: slidingWindow.isUntouched(log, policy, 0),
      exhausted: slidingWindow.isExhausted(log, policy, 0),
      usedShare: slidingWindow.usedShare(log, policy, 0),
    }).toEqual(described);
  });

  it('is exhausted and touched until a whole window has passed', () => {
    const log = after(4);
    expect(slidingWindow.isExhausted(log, policy, 999)).toBe(true);
    expect(slidingWindow.isUntouched(log, policy, 999)).toBe(false);
    expect(slidingWindow.isExhausted(log, policy, 1_000)).toBe(false);
    expect(slidingWindow.isUntouched(log, policy, 1_000)).toBe(true);
    expect(slidingWindow.usedShare(log, policy, 1_000)).toBe(0);
  });

  it('is not changed by an evaluation', () => {
    const log = after(2);
    const before = structuredClone(log);
    slidingWindow.evaluate(log, policy, { cost: 1, maxWaitMs: Infinity }, 10);
    expect(log).toEqual(before);
    expect(momentsOf(log)).toEqual([0, 0]);
  });
});
