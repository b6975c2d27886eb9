import type { TokenBucketPolicy } from '../core/policy.js';
import type { Verdict } from '../core/store.js';
import type { UnitRequest, RateAlgorithm } from './rate-algorithm.js';

/**
 * The theoretical arrival time in whole microseconds: when the bucket will be full again.
 * One number is the whole state; a moment in the past means untouched.
 */
export type ArrivalTimeUs = number;

/**
 * Microseconds until one unit has grown back, rounded up to a whole number so that sums stay exact:
 * n calls of cost 1 and one call of cost n meet the same moment. Rounding up admits at most 0.03 %
 * less than a rate of 300 per second promises, and never more.
 */
export function emissionIntervalUs(policy: TokenBucketPolicy): number {
  return Math.ceil(1_000_000 / policy.ratePerSecond);
}

/**
 * Token bucket by the Generic Cell Rate Algorithm (ITU-T I.371, virtual scheduling).
 *
 * A call of cost n moves the arrival time n intervals ahead, and may pass when that is at most
 * `burst` intervals from now.
 */
export const gcra: RateAlgorithm<ArrivalTimeUs, TokenBucketPolicy> = {
  capacity: ({ burst }) => burst,

  recoveryMs: ({ burst, ratePerSecond }) => Math.round((burst / ratePerSecond) * 1_000_000) / 1_000,

  fresh: () => 0,

  evaluate(
    arrivalUs: ArrivalTimeUs,
    policy: TokenBucketPolicy,
    ask: UnitRequest,
    nowMs: number,
  ): Verdict {
    const nowUs = toMicroseconds(nowMs);
    const intervalUs = emissionIntervalUs(policy);
    const capacityUs = policy.burst * intervalUs;
    const startUs = Math.max(arrivalUs, nowUs);

    const wanted = Math.max(ask.cost, 1);
    const wantedUs = startUs + wanted * intervalUs;
    const waitUs = Math.max(0, wantedUs - capacityUs - nowUs);
    const canFit = wanted <= policy.burst;
    const allowed = canFit && waitUs <= ask.maxWaitMs * 1000;

    const afterUs = allowed && ask.cost > 0 ? wantedUs : startUs;
    const usedUs = afterUs - nowUs;
    const remaining = Math.max(0, Math.floor((capacityUs - usedUs) / intervalUs));
    const moreUs = usedUs === 0 ? 0 : usedUs + (remaining + 1) * intervalUs - capacityUs;
    return {
      allowed,
      denial: allowed ? null : 'rate',
      limit: policy.burst,
      remaining,
      retryAfterMs: allowed ? 0 : canFit ? Math.ceil(waitUs / 1000) : Number.POSITIVE_INFINITY,
      resetAfterMs: Math.ceil(usedUs / 1000),
      moreAfterMs: Math.ceil(moreUs / 1000),
      waitMs: allowed ? Math.ceil(waitUs / 1000) : 0,
      reservation: afterUs,
    };
  },

  commit: (_arrivalUs, _policy, _cost, verdict) => verdict.reservation,

  /**
   * Units come back where that is the same as if they had never been taken: when they are the newest
   * (nothing was taken behind them); or, while no moment ahead is promised to anyone, when what was
   * there before them has not drained yet, so that everything taken since stands right behind them.
   * Elsewhere one number cannot tell how much has grown back since, and returning the units could
   * let more through than the rate and the burst allow: they are lost. A refund (no reservation) stands
   * for the newest units.
   */
  release(arrivalUs, policy, cost, reservation, nowMs) {
    const nowUs = toMicroseconds(nowMs);
    const costUs = cost * emissionIntervalUs(policy);
    const withoutUs = Math.max(0, arrivalUs - costUs);
    if (reservation === arrivalUs) return withoutUs;
    const isReservedAhead = arrivalUs - nowUs > policy.burst * emissionIntervalUs(policy);
    const hasDrained = reservation !== null && reservation - costUs <= nowUs;
    return isReservedAhead || hasDrained ? arrivalUs : withoutUs;
  },

  /**
   * Units that are not the newest leave a gap, into which everything behind them moves, while the
   * reservations of that keep their old names. Returning one of those by its name could find drained what
   * only seems not to be. (Without this, one in 50,000 random histories lets too much through.)
   */
  unsureAfter(beforeUs, afterUs, reservation) {
    if (afterUs === beforeUs || reservation === beforeUs) return null;
    return { after: reservation ?? afterUs, upTo: beforeUs, untilMs: beforeUs / 1_000 };
  },

  isUntouched: (arrivalUs, _policy, nowMs) => arrivalUs <= toMicroseconds(nowMs),

  isExhausted(arrivalUs, policy, nowMs) {
    const fullAfterUs = (policy.burst - 1) * emissionIntervalUs(policy);
    return arrivalUs - toMicroseconds(nowMs) > fullAfterUs;
  },

  usedShare(arrivalUs, policy, nowMs) {
    const usedUs = Math.max(0, arrivalUs - toMicroseconds(nowMs));
    return usedUs / (policy.burst * emissionIntervalUs(policy));
  },
};

function toMicroseconds(ms: number): number {
  return Math.floor(ms * 1000);
}
