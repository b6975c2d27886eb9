import { describe, expect, it } from 'vitest';
import type { Verdict } from '../core/store.js';
import {
  areSlotsUntouched,
  evaluateSlots,
  holdSlot,
  joinVerdicts,
  type Leases,
} from './concurrency.js';

const two = { maxConcurrent: 2, leaseMs: 1_000 };

/** One line of a worked example: a request for a slot, and the expected verdict. */
interface Line {
  readonly now: number;
  readonly takes?: string;
  readonly renews?: string;
  readonly remaining: number;
  readonly retryAfterMs: number;
  readonly resetAfterMs: number;
  readonly moreAfterMs: number;
}

/** Follows a worked example. `retryAfterMs` 0: the slot was free, and is taken. */
function timeline(limit: typeof two, lines: readonly Line[], leases: Leases = new Map()): Leases {
  for (const line of lines) {
    const { now, takes, renews, ...expected } = line;
    if (renews !== undefined) holdSlot(leases, limit, renews, now);
    const verdict = evaluateSlots(leases, limit, takes !== undefined, now);
    expect({ line, verdict }).toMatchObject({ line, verdict: { ...expected, waitMs: 0 } });
    expect(verdict.denial).toBe(expected.retryAfterMs === 0 ? null : 'slot');
    if (verdict.allowed && takes !== undefined) holdSlot(leases, limit, takes, now);
  }
  return leases;
}

describe('slots', () => {
  it('are held up to the limit, and are free when their leases end', () => {
    // prettier-ignore
    timeline(two, [
      { now: 0, remaining: 2, retryAfterMs: 0, resetAfterMs: 0, moreAfterMs: 0 },
      { now: 0, takes: 'a', remaining: 1, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
      { now: 400, takes: 'b', remaining: 0, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 600 },
      { now: 400, takes: 'c', remaining: 0, retryAfterMs: 600, resetAfterMs: 1_000, moreAfterMs: 600 },
      { now: 999, takes: 'c', remaining: 0, retryAfterMs: 1, resetAfterMs: 401, moreAfterMs: 1 },
      { now: 1_000, takes: 'c', remaining: 0, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 400 },
      { now: 1_400, remaining: 1, retryAfterMs: 0, resetAfterMs: 600, moreAfterMs: 600 },
      { now: 2_000, remaining: 2, retryAfterMs: 0, resetAfterMs: 0, moreAfterMs: 0 },
    ]);
  });

  it('are kept by renewals, which move the end of a lease', () => {
    // prettier-ignore
    timeline(two, [
      { now: 0, takes: 'a', remaining: 1, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
      { now: 300, takes: 'b', remaining: 0, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 700 },
      { now: 900, renews: 'a', remaining: 0, retryAfterMs: 400, resetAfterMs: 1_000, moreAfterMs: 400 },
      { now: 1_300, takes: 'c', remaining: 0, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 600 },
    ]);
  });

  it('have waits rounded up to whole milliseconds', () => {
    // prettier-ignore
    timeline(two, [
      { now:     0.5, takes: 'a', remaining: 1, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
      { now:     0.5, takes: 'b', remaining: 0, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
      { now:   1_000, takes: 'c', remaining: 0, retryAfterMs: 1, resetAfterMs:     1, moreAfterMs:     1 },
      { now: 1_000.5, takes: 'c', remaining: 1, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
    ]);
  });

  it('are held once per lease, however often it takes', () => {
    // prettier-ignore
    const leases = timeline(two, [
      { now: 0, takes: 'a', remaining: 1, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
    ]);
    holdSlot(leases, two, 'a', 10);
    expect([...leases]).toEqual([['a', 1_010]]);
  });

  it('are stored in the order of the ends of their leases, without ended ones', () => {
    const leases: Leases = new Map();
    for (const [owner, now] of [
      ['a', 0],
      ['b', 100],
      ['c', 200],
      ['a', 300],
      ['d', 1_150],
    ] as const) {
      holdSlot(leases, two, owner, now);
    }
    expect([...leases]).toEqual([
      ['c', 1_200],
      ['a', 1_300],
      ['d', 2_150],
    ]);
  });

  it('are untouched while none is held', () => {
    const leases: Leases = new Map();
    expect(areSlotsUntouched(leases, 0)).toBe(true);
    holdSlot(leases, two, 'a', 0);
    expect(areSlotsUntouched(leases, 999)).toBe(false);
    expect(areSlotsUntouched(leases, 1_000)).toBe(true);
  });
});

describe('slots whose policy changes', () => {
  const three = { maxConcurrent: 3, leaseMs: 1_000 };
  const held = (): Leases => {
    const leases: Leases = new Map();
    for (const [owner, now] of [
      ['a', 0],
      ['b', 200],
      ['c', 400],
    ] as const) {
      holdSlot(leases, three, owner, now);
    }
    return leases;
  };

  it('are free once enough leases have ended for a lower limit', () => {
    timeline(
      { ...three, maxConcurrent: 1 },
      // prettier-ignore
      [
        { now: 400, takes: 'd', remaining: 0, retryAfterMs: 1_000, resetAfterMs: 1_000, moreAfterMs: 1_000 },
      ],
      held(),
    );
  });

  it('are free at once for a higher limit', () => {
    timeline(
      { ...three, maxConcurrent: 5 },
      // prettier-ignore
      [
        { now: 400, takes: 'd', remaining: 1, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 600 },
      ],
      held(),
    );
  });

  it('are untouched only after the longest lease when leases became shorter', () => {
    timeline(
      { maxConcurrent: 5, leaseMs: 100 },
      // prettier-ignore
      [
        { now: 400, takes: 'd', remaining: 1, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 100 },
      ],
      held(),
    );
  });
});

describe('units and slots together', () => {
  const verdict = (denial: 'rate' | 'slot' | null, retryAfterMs = 0): Verdict => ({
    allowed: denial === null,
    denial,
    limit: 5,
    remaining: 1,
    retryAfterMs,
    resetAfterMs: 1_000,
    moreAfterMs: 1_000,
    waitMs: 0,
    reservation: 0,
  });

  it.each([
    ['both are available', verdict(null), verdict(null), { denial: null, retryAfterMs: 0 }],
    ['units are missing', verdict('rate', 50), verdict(null), { denial: 'rate', retryAfterMs: 50 }],
    ['a slot is missing', verdict(null), verdict('slot', 90), { denial: 'slot', retryAfterMs: 90 }],
    [
      'both are missing',
      verdict('rate', 50),
      verdict('slot', 90),
      { denial: 'rate', retryAfterMs: 90 },
    ],
    ['units never fit', verdict('rate', Infinity), verdict('slot', 90), { retryAfterMs: Infinity }],
  ])('pass when both are available: %s', (_, rate, slot, expected) => {
    const joined = joinVerdicts(rate, slot);
    expect(joined).toMatchObject(expected);
    expect(joined.allowed).toBe(rate.allowed && slot.allowed);
  });
});
