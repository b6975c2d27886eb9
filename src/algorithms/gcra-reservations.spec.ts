import { describe, expect, it } from 'vitest';
import { timeline } from '../../test/support/limiters.js';
import type { TokenBucketPolicy } from '../core/policy.js';
import { gcra, type ArrivalTimeUs } from './gcra.js';

const oneASecond: TokenBucketPolicy = { algorithm: 'token_bucket', burst: 1, ratePerSecond: 1 };
const burstOfThree: TokenBucketPolicy = { ...oneASecond, burst: 3 };

/** The verdict of a request without a limit of its wait, and the state afterwards. */
function reserve(state: ArrivalTimeUs, policy: TokenBucketPolicy, cost: number, now: number) {
  const verdict = gcra.evaluate(state, policy, { cost, maxWaitMs: Infinity }, now);
  expect(verdict.allowed).toBe(true);
  const { waitMs, reservation } = verdict;
  return { waitMs, reservation, state: gcra.commit(state, policy, cost, verdict) };
}

describe('reservation in a token bucket', () => {
  it('reserves consecutive moments, within the longest wait of each request', () => {
    // prettier-ignore
    timeline(gcra, oneASecond, [
      { now:   0, cost: 1, maxWaitMs:     0, waitMs:     0, remaining: 0, retryAfterMs:     0 },
      { now:   0, cost: 1, maxWaitMs:   999, waitMs:     0, remaining: 0, retryAfterMs: 1_000 },
      { now:   0, cost: 1, maxWaitMs: 1_000, waitMs: 1_000, remaining: 0, retryAfterMs:     0 },
      { now:   0, cost: 1, maxWaitMs: 5_000, waitMs: 2_000, remaining: 0, retryAfterMs:     0 },
      { now: 500, cost: 1, maxWaitMs: 2_500, waitMs: 2_500, remaining: 0, retryAfterMs:     0 },
      { now: 500, cost: 1, maxWaitMs: 3_499, waitMs:     0, remaining: 0, retryAfterMs: 3_500 },
    ]);
  });

  it('counts reservations as taken', () => {
    // prettier-ignore
    timeline(gcra, burstOfThree, [
      { now: 0, cost: 3, remaining: 0, retryAfterMs: 0, resetAfterMs: 3_000, moreAfterMs: 1_000 },
      { now: 0, cost: 2, maxWaitMs: 2_000, waitMs: 2_000, remaining: 0, retryAfterMs: 0, resetAfterMs: 5_000, moreAfterMs: 3_000 },
      { now: 2_999, cost: 0, remaining: 0, retryAfterMs: 1, resetAfterMs: 2_001, moreAfterMs: 1 },
      { now: 3_000, cost: 0, remaining: 1, retryAfterMs: 0, resetAfterMs: 2_000, moreAfterMs: 1_000 },
    ]);
  });

  it('never lets a request overtake reservations', () => {
    // prettier-ignore
    timeline(gcra, burstOfThree, [
      { now: 0, cost: 2, remaining: 1, retryAfterMs: 0 },
      { now: 0, cost: 3, maxWaitMs: 2_000, waitMs: 2_000, remaining: 0, retryAfterMs: 0 },
      { now: 0, cost: 1, remaining: 0, retryAfterMs: 3_000 },
    ]);
  });

  it('reserves nothing for a cost above the burst', () => {
    // prettier-ignore
    timeline(gcra, burstOfThree, [
      { now: 0, cost: 4, maxWaitMs: Infinity, waitMs: 0, remaining: 3, retryAfterMs: Infinity },
      { now: 0, cost: 0, remaining: 3, retryAfterMs: 0, resetAfterMs: 0 },
    ]);
  });

  it('rounds a wait up to whole milliseconds', () => {
    // prettier-ignore
    timeline(gcra, { ...oneASecond, ratePerSecond: 300 }, [
      { now: 0, cost: 1, remaining: 0, retryAfterMs: 0 },
      { now: 0, cost: 1, maxWaitMs: 3, waitMs: 0, remaining: 0, retryAfterMs: 4 },
      { now: 0, cost: 1, maxWaitMs: 4, waitMs: 4, remaining: 0, retryAfterMs: 0 },
      { now: 0, cost: 1, maxWaitMs: 7, waitMs: 7, remaining: 0, retryAfterMs: 0 },
    ]);
  });
});

describe('a release to a token bucket', () => {
  const unitsLeft = (state: ArrivalTimeUs, now: number): number =>
    gcra.evaluate(state, burstOfThree, { cost: 0, maxWaitMs: 0 }, now).remaining;
  const release = (state: ArrivalTimeUs, cost: number, reservation: number | null, now: number) =>
    gcra.release(state, burstOfThree, cost, reservation, now);

  it('returns the units of a refund', () => {
    const { state } = reserve(gcra.fresh(), burstOfThree, 3, 0);
    expect([1, 2, 3].map((cost) => unitsLeft(release(state, cost, null, 0), 0))).toEqual([1, 2, 3]);
  });

  it('never returns more than was taken', () => {
    const { state } = reserve(gcra.fresh(), burstOfThree, 1, 60_000);
    const refunded = release(state, 1e9, null, 60_000);
    expect(unitsLeft(refunded, 60_000)).toBe(3);
    timeline(
      gcra,
      burstOfThree,
      // prettier-ignore
      [
        { now: 60_000, cost: 3, remaining: 0, retryAfterMs:     0 },
        { now: 60_000, cost: 1, remaining: 0, retryAfterMs: 1_000 },
      ],
      refunded,
    );
  });

  it('returns nothing to an untouched bucket', () => {
    expect(release(gcra.fresh(), 5, null, 0)).toBe(gcra.fresh());
  });

  it('undoes the last reservation completely', () => {
    const first = reserve(gcra.fresh(), burstOfThree, 3, 0);
    const second = reserve(first.state, burstOfThree, 2, 0);
    expect(release(second.state, 2, second.reservation, 0)).toBe(first.state);
  });

  it('keeps the moments that were reserved after a released reservation', () => {
    const first = reserve(gcra.fresh(), oneASecond, 1, 0);
    const second = reserve(first.state, oneASecond, 1, 0);
    const third = reserve(second.state, oneASecond, 1, 0);
    expect(third.waitMs).toBe(2_000);
    const state = gcra.release(third.state, oneASecond, 1, second.reservation, 0);
    expect(reserve(state, oneASecond, 1, 0).waitMs).toBeGreaterThan(third.waitMs);
  });

  it('keeps a reserved moment when two reservations before it are released', () => {
    const spent = reserve(gcra.fresh(), burstOfThree, 3, 0);
    const first = reserve(spent.state, burstOfThree, 3, 0);
    const second = reserve(first.state, burstOfThree, 3, 0);
    const kept = reserve(second.state, burstOfThree, 1, 0);
    expect(kept.waitMs).toBe(7_000);
    const withoutSecond = release(kept.state, 3, second.reservation, 0);
    const withoutBoth = release(withoutSecond, 3, first.reservation, 0);
    const late = reserve(withoutBoth, burstOfThree, 3, 0);
    const betweenSeconds = Math.abs(late.waitMs - kept.waitMs) / 1_000;
    expect(1 + 3).toBeLessThanOrEqual(3 + betweenSeconds);
  });

  it('returns only the units of a grant that were not refilled meanwhile', () => {
    const first = reserve(gcra.fresh(), burstOfThree, 3, 0);
    const second = reserve(first.state, burstOfThree, 1, 1_300);
    const state = release(second.state, 3, first.reservation, 1_300);
    const last = reserve(state, burstOfThree, 3, 1_300);
    const betweenSeconds = (last.waitMs - second.waitMs) / 1_000;
    expect(1 + 3).toBeLessThanOrEqual(3 + betweenSeconds);
  });
});

describe('units of a token bucket that are released late', () => {
  const release = (state: ArrivalTimeUs, reservation: number | null, now: number) =>
    gcra.release(state, burstOfThree, 1, reservation, now);

  it('D3: are returned behind later units, while the units before them have not drained', () => {
    const first = reserve(gcra.fresh(), burstOfThree, 1, 0);
    const second = reserve(first.state, burstOfThree, 1, 0);
    const third = reserve(second.state, burstOfThree, 1, 500);
    expect(release(third.state, second.reservation, 500)).toBe(second.state);
    expect(release(third.state, first.reservation, 500)).toBe(third.state);
  });

  it('D3, D11: stay taken while a future moment is reserved', () => {
    const full = reserve(gcra.fresh(), burstOfThree, 3, 0);
    const ahead = reserve(full.state, burstOfThree, 1, 0);
    expect(release(ahead.state, full.reservation, 0)).toBe(ahead.state);
    expect(release(ahead.state, null, 0)).toBe(ahead.state);
  });

  it('D3: make the later reservations unsure, and no others', () => {
    const first = reserve(gcra.fresh(), burstOfThree, 1, 0);
    const second = reserve(first.state, burstOfThree, 1, 0);
    const third = reserve(second.state, burstOfThree, 1, 0);
    const left = release(third.state, second.reservation, 0);
    expect(gcra.unsureAfter(third.state, left, second.reservation)).toEqual({
      after: second.reservation,
      upTo: third.reservation,
      untilMs: 3_000,
    });
    expect(gcra.unsureAfter(third.state, second.state, third.reservation)).toBeNull();
    expect(gcra.unsureAfter(third.state, third.state, first.reservation)).toBeNull();
  });
});
