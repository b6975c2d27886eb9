import { describe, expect, it } from 'vitest';
import { timeline } from '../../test/support/limiters.js';
import type { SlidingWindowPolicy } from '../core/policy.js';
import { slidingWindow } from './sliding-window.js';
import { momentsOf } from '../../test/support/window-logs.js';

const windowOf = (limit: number, windowMs = 1_000): SlidingWindowPolicy => ({
  algorithm: 'sliding_window',
  limit,
  windowMs,
});

/** The log of a limit of three after units at 0, 100 and 200. */
const threeTaken = () =>
  // prettier-ignore
  timeline(slidingWindow, windowOf(3), [
    { now:   0, cost: 1, retryAfterMs: 0 },
    { now: 100, cost: 1, retryAfterMs: 0 },
    { now: 200, cost: 1, retryAfterMs: 0 },
  ]);

describe('a sliding window whose limit changes', () => {
  it('counts units that were taken under a lower limit', () => {
    timeline(
      slidingWindow,
      windowOf(5),
      // prettier-ignore
      [
        { now: 200, cost: 3, remaining: 2, retryAfterMs: 800, resetAfterMs: 1_000, moreAfterMs: 800 },
        { now: 200, cost: 2, remaining: 0, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 800 },
        { now: 999, cost: 1, remaining: 0, retryAfterMs: 1 },
        { now: 1_000, cost: 1, remaining: 0, retryAfterMs: 0 },
        { now: 1_100, cost: 1, remaining: 0, retryAfterMs: 0 },
        { now: 1_199, cost: 1, remaining: 0, retryAfterMs: 1 },
      ],
      threeTaken(),
    );
  });

  it('counts units that were taken under a higher limit', () => {
    timeline(
      slidingWindow,
      windowOf(2),
      // prettier-ignore
      [
        { now: 200, cost: 1, remaining: 0, retryAfterMs: 900, resetAfterMs: 1_000, moreAfterMs: 900 },
        { now: 1_000, cost: 1, remaining: 0, retryAfterMs: 100, resetAfterMs: 200, moreAfterMs: 100 },
        { now: 1_099, cost: 0, remaining: 0, retryAfterMs: 1 },
        { now: 1_100, cost: 0, remaining: 1, retryAfterMs: 0 },
        { now: 1_100, cost: 1, remaining: 0, retryAfterMs: 0 },
        { now: 1_200, cost: 1, remaining: 0, retryAfterMs: 0 },
        { now: 1_201, cost: 1, remaining: 0, retryAfterMs: 899 },
      ],
      threeTaken(),
    );
  });

  it('keeps the count after a peek under another limit', () => {
    const log = threeTaken();
    timeline(
      slidingWindow,
      windowOf(1),
      [{ now: 200, cost: 0, remaining: 0, retryAfterMs: 1_000 }],
      log,
    );
    timeline(
      slidingWindow,
      windowOf(9),
      [{ now: 200, cost: 0, remaining: 6, retryAfterMs: 0 }],
      log,
    );
    timeline(
      slidingWindow,
      windowOf(3),
      [{ now: 200, cost: 1, remaining: 0, retryAfterMs: 800 }],
      log,
    );
  });

  it('keeps the newest moments when it shortens the log', () => {
    const log = timeline(
      slidingWindow,
      windowOf(2),
      [{ now: 1_100, cost: 1, retryAfterMs: 0 }],
      threeTaken(),
    );
    expect(momentsOf(log)).toEqual([200, 1_100]);
    expect(log.ring).toHaveLength(2);
  });

  it('is exhausted by the new limit', () => {
    const log = threeTaken();
    expect(slidingWindow.isExhausted(log, windowOf(3), 200)).toBe(true);
    expect(slidingWindow.isExhausted(log, windowOf(4), 200)).toBe(false);
    expect(slidingWindow.isExhausted(log, windowOf(2), 1_050)).toBe(true);
    expect(slidingWindow.usedShare(log, windowOf(2), 200)).toBe(1.5);
  });
});

describe('a sliding window whose length changes', () => {
  it('counts the units of the shorter window in a longer one', () => {
    timeline(
      slidingWindow,
      windowOf(3, 5_000),
      // prettier-ignore
      [
        { now: 2_000, cost: 1, remaining: 0, retryAfterMs: 3_000, resetAfterMs: 3_200, moreAfterMs: 3_000 },
        { now: 5_000, cost: 1, remaining: 0, retryAfterMs: 0 },
      ],
      threeTaken(),
    );
  });

  it('does not count units that have left a shorter window', () => {
    timeline(
      slidingWindow,
      windowOf(3, 100),
      // prettier-ignore
      [
        { now: 200, cost: 0, remaining: 2, retryAfterMs: 0, resetAfterMs: 100, moreAfterMs: 100 },
        { now: 200, cost: 2, remaining: 0, retryAfterMs: 0 },
        { now: 300, cost: 3, remaining: 0, retryAfterMs: 0 },
      ],
      threeTaken(),
    );
  });
});
