import { describe, expect, it } from 'vitest';
import { timeline } from '../../test/support/limiters.js';
import type { TokenBucketPolicy } from '../core/policy.js';
import { emissionIntervalUs, gcra } from './gcra.js';

function bucket(burst: number, ratePerSecond: number): TokenBucketPolicy {
  return { algorithm: 'token_bucket', burst, ratePerSecond };
}

/** retryAfterMs 0: the call passed and took its units. */
describe('a token bucket', () => {
  it('allows a burst at once, and then its rate', () => {
    // prettier-ignore
    timeline(gcra, bucket(3, 1), [
      { now:     0, cost: 1, remaining: 2, retryAfterMs:     0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
      { now:     0, cost: 1, remaining: 1, retryAfterMs:     0, resetAfterMs: 2_000, moreAfterMs: 1_000 },
      { now:     0, cost: 1, remaining: 0, retryAfterMs:     0, resetAfterMs: 3_000, moreAfterMs: 1_000 },
      { now:     0, cost: 1, remaining: 0, retryAfterMs: 1_000, resetAfterMs: 3_000, moreAfterMs: 1_000 },
      { now:   999, cost: 1, remaining: 0, retryAfterMs:     1, resetAfterMs: 2_001, moreAfterMs:     1 },
      { now: 1_000, cost: 1, remaining: 0, retryAfterMs:     0, resetAfterMs: 3_000, moreAfterMs: 1_000 },
      { now: 2_500, cost: 1, remaining: 0, retryAfterMs:     0, resetAfterMs: 2_500, moreAfterMs:   500 },
      { now: 5_000, cost: 1, remaining: 2, retryAfterMs:     0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
    ]);
  });

  it('takes n units for a cost of n, or none', () => {
    // prettier-ignore
    timeline(gcra, bucket(10, 2), [
      { now:     0, cost:  7, remaining: 3, retryAfterMs:     0, resetAfterMs: 3_500, moreAfterMs: 500 },
      { now:     0, cost:  4, remaining: 3, retryAfterMs:   500, resetAfterMs: 3_500, moreAfterMs: 500 },
      { now:   100, cost:  5, remaining: 3, retryAfterMs:   900, resetAfterMs: 3_400, moreAfterMs: 400 },
      { now:   100, cost:  3, remaining: 0, retryAfterMs:     0, resetAfterMs: 4_900, moreAfterMs: 400 },
      { now:   100, cost: 10, remaining: 0, retryAfterMs: 4_900, resetAfterMs: 4_900, moreAfterMs: 400 },
      { now: 5_000, cost: 10, remaining: 0, retryAfterMs:     0, resetAfterMs: 5_000, moreAfterMs: 500 },
    ]);
  });

  it('never allows a cost above the burst, and takes nothing for it', () => {
    // prettier-ignore
    timeline(gcra, bucket(3, 1), [
      { now: 0, cost: 4, remaining: 3, retryAfterMs: Infinity, resetAfterMs: 0, moreAfterMs: 0 },
      { now: 0, cost: 1e9, remaining: 3, retryAfterMs: Infinity, resetAfterMs: 0, moreAfterMs: 0 },
      { now: 0, cost: 2 ** 53 - 1, maxWaitMs: Infinity, remaining: 3, retryAfterMs: Infinity, resetAfterMs: 0, moreAfterMs: 0 },
      { now: 0, cost: 3, remaining: 0, retryAfterMs: 0, resetAfterMs: 3_000, moreAfterMs: 1_000 },
    ]);
  });

  it('refills one unit every ten seconds at 0.1 per second', () => {
    // prettier-ignore
    timeline(gcra, bucket(1, 0.1), [
      { now:      0, cost: 1, remaining: 0, retryAfterMs:     0, resetAfterMs: 10_000, moreAfterMs: 10_000 },
      { now:      1, cost: 1, remaining: 0, retryAfterMs: 9_999, resetAfterMs:  9_999, moreAfterMs:  9_999 },
      { now:  9_999, cost: 1, remaining: 0, retryAfterMs:     1, resetAfterMs:      1, moreAfterMs:      1 },
      { now: 10_000, cost: 1, remaining: 0, retryAfterMs:     0, resetAfterMs: 10_000, moreAfterMs: 10_000 },
    ]);
  });

  it('rounds waits up at 300 per second, where a unit is refilled every 3.334 ms', () => {
    // prettier-ignore
    timeline(gcra, bucket(300, 300), [
      { now: 0, cost:   1, remaining: 299, retryAfterMs: 0, resetAfterMs:     4, moreAfterMs: 4 },
      { now: 0, cost: 299, remaining:   0, retryAfterMs: 0, resetAfterMs: 1_001, moreAfterMs: 4 },
      { now: 3, cost:   1, remaining:   0, retryAfterMs: 1, resetAfterMs:   998, moreAfterMs: 1 },
      { now: 4, cost:   1, remaining:   0, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 3 },
      { now: 6, cost:   1, remaining:   0, retryAfterMs: 1, resetAfterMs:   998, moreAfterMs: 1 },
      { now: 7, cost:   1, remaining:   0, retryAfterMs: 0, resetAfterMs: 1_000, moreAfterMs: 4 },
    ]);
  });

  it('has an emission interval of whole microseconds, never shorter than the rate requires', () => {
    expect(
      [0.1, 0.3, 1, 3, 300, 1_000_000].map((rate) => emissionIntervalUs(bucket(1, rate))),
    ).toEqual([10_000_000, 3_333_334, 1_000_000, 333_334, 3_334, 1]);
  });

  it('evaluates a peek as one unit, and takes nothing', () => {
    // prettier-ignore
    timeline(gcra, bucket(2, 1), [
      { now:     0, cost: 0, remaining: 2, retryAfterMs:     0, resetAfterMs:     0, moreAfterMs:     0 },
      { now:     0, cost: 2, remaining: 0, retryAfterMs:     0, resetAfterMs: 2_000, moreAfterMs: 1_000 },
      { now:     0, cost: 0, remaining: 0, retryAfterMs: 1_000, resetAfterMs: 2_000, moreAfterMs: 1_000 },
      { now: 1_500, cost: 0, remaining: 1, retryAfterMs:     0, resetAfterMs:   500, moreAfterMs:   500 },
      { now: 1_500, cost: 0, remaining: 1, retryAfterMs:     0, resetAfterMs:   500, moreAfterMs:   500 },
    ]);
  });

  it('has a resolution of one microsecond', () => {
    // prettier-ignore
    timeline(gcra, bucket(1, 1), [
      { now:      0.5, cost: 1, remaining: 0, retryAfterMs:     0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
      { now:     0.75, cost: 1, remaining: 0, retryAfterMs: 1_000, resetAfterMs: 1_000, moreAfterMs: 1_000 },
      { now: 1_000.25, cost: 1, remaining: 0, retryAfterMs:     1, resetAfterMs:     1, moreAfterMs:     1 },
      { now:  1_000.5, cost: 1, remaining: 0, retryAfterMs:     0, resetAfterMs: 1_000, moreAfterMs: 1_000 },
    ]);
  });
});

describe('the state of a token bucket', () => {
  const policy = bucket(4, 1);
  const after = (units: number): number => units * 1_000_000;

  it.each([
    { units: 0, untouched: true, exhausted: false, usedShare: 0 },
    { units: 1, untouched: false, exhausted: false, usedShare: 0.25 },
    { units: 3, untouched: false, exhausted: false, usedShare: 0.75 },
    { units: 4, untouched: false, exhausted: true, usedShare: 1 },
    { units: 6, untouched: false, exhausted: true, usedShare: 1.5 },
  ])('is described after $units units by $usedShare', ({ units, ...described }) => {
    expect({
      untouched: gcra.isUntouched(after(units), policy, 0),
      exhausted: gcra.isExhausted(after(units), policy, 0),
      usedShare: gcra.usedShare(after(units), policy, 0),
    }).toEqual(described);
  });

  it('is exhausted until the microsecond at which one unit is refilled', () => {
    expect(gcra.isExhausted(after(4), policy, 999.999)).toBe(true);
    expect(gcra.isExhausted(after(4), policy, 1_000)).toBe(false);
    expect(gcra.isUntouched(after(4), policy, 3_999.999)).toBe(false);
    expect(gcra.isUntouched(after(4), policy, 4_000)).toBe(true);
  });

  it('is untouched at first, whatever the time', () => {
    expect(gcra.isUntouched(gcra.fresh(), policy, 0)).toBe(true);
    expect(gcra.usedShare(gcra.fresh(), policy, 1e12)).toBe(0);
  });
});

describe('a token bucket whose policy changes', () => {
  const threeSeconds = 3_000_000; // three units of bucket(3, 1), taken at 0

  it.each([
    ['a larger burst adds units', bucket(5, 1), { remaining: 2, retryAfterMs: 0 }],
    ['a smaller burst frees none', bucket(1, 1), { remaining: 0, retryAfterMs: 3_000 }],
    ['a higher rate converts the debt to more units', bucket(3, 2), { retryAfterMs: 2_000 }],
    ['a lower rate converts it to fewer units', bucket(3, 0.5), { remaining: 1, retryAfterMs: 0 }],
  ])('keeps the time of its recovery: %s', (_, policy, expected) => {
    const verdict = gcra.evaluate(threeSeconds, policy, { cost: 0, maxWaitMs: 0 }, 0);
    expect(verdict).toMatchObject({ resetAfterMs: 3_000, ...expected });
  });
});
