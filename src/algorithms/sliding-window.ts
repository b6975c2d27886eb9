import type { SlidingWindowPolicy } from '../core/policy.js';
import type { Verdict } from '../core/store.js';
import type { UnitRequest, RateAlgorithm } from './rate-algorithm.js';
import {
  append,
  countUntil,
  emptyLog,
  insertAt,
  momentAt,
  removeAt,
  type WindowLog,
} from './window-log.js';

/**
 * Exact sliding window: the log of accepted units, at most `limit` of them in any `windowMs`.
 *
 * A call passes exactly when the moment that it would push out of the newest `limit` is a whole window
 * old: one moment is read and one is written, whatever the limit. The clock has a resolution of one
 * millisecond: a unit counts as taken at the beginning of its millisecond.
 */
export const slidingWindow: RateAlgorithm<WindowLog, SlidingWindowPolicy> = {
  capacity: ({ limit }) => limit,

  recoveryMs: ({ windowMs }) => windowMs,

  fresh: emptyLog,

  evaluate(
    log: WindowLog,
    policy: SlidingWindowPolicy,
    request: UnitRequest,
    exactMs: number,
  ): Verdict {
    const { limit, windowMs } = policy;
    const nowMs = Math.floor(exactMs);
    const wanted = Math.max(request.cost, 1);
    const canFit = wanted <= limit;
    const freeAtMs = canFit ? freeAt(log, policy, wanted, nowMs) : Number.POSITIVE_INFINITY;
    const waitMs = Math.max(0, freeAtMs - nowMs);
    const allowed = canFit && waitMs <= request.maxWaitMs;

    const taken = allowed ? request.cost : 0;
    const takenAtMs = Math.max(nowMs, freeAtMs);
    const expired = countUntil(log, nowMs - windowMs);
    const active = log.size - expired + taken;
    const used = Math.min(active, limit);
    const newestMs = taken > 0 ? takenAtMs : newest(log);
    const lastMs = active === 0 ? 0 : newestMs + windowMs - nowMs;
    const next = expired + active - used;
    const nextMs = next < log.size ? momentAt(log, next) + windowMs - nowMs : lastMs;
    const isReserved = newestMs > nowMs;
    return {
      allowed,
      denial: allowed ? null : 'rate',
      limit,
      remaining: isReserved ? 0 : limit - used,
      retryAfterMs: allowed ? 0 : waitMs,
      resetAfterMs: lastMs,
      moreAfterMs: active === 0 ? 0 : Math.max(nextMs, newestMs - nowMs),
      waitMs: allowed ? waitMs : 0,
      reservation: canFit ? takenAtMs : nowMs,
    };
  },

  commit(log, policy, cost, verdict) {
    append(log, verdict.reservation, cost, policy.limit);
    return log;
  },

  /**
   * Removes units from the log: those of one reservation, or the newest, unless a future moment is
   * reserved (a refund must not free units beside it). A reservation in the future pushed an older moment
   * out before that was a window old; it is replaced by the latest possible value of that moment, exactly
   * one window earlier. The work is one search, and one move of the moments on one side.
   */
  release(log, policy, cost, reservation, exactMs) {
    const nowMs = Math.floor(exactMs);
    if (reservation === null && newest(log) > nowMs) return log;
    const end = reservation === null ? log.size : countUntil(log, reservation);
    const from = reservation === null ? 0 : countUntil(log, reservation - 1);
    const returned = Math.min(cost, end - from);
    if (returned === 0) return log;
    removeAt(log, end - returned, returned);
    if (reservation !== null && reservation > nowMs) {
      const pushedOutMs = reservation - policy.windowMs;
      insertAt(log, countUntil(log, pushedOutMs), pushedOutMs, returned);
    }
    return log;
  },

  /** A reservation is a moment, which a release of others does not change. */
  unsureAfter: () => null,

  isUntouched: (log, policy, nowMs) => newest(log) + policy.windowMs <= nowMs,

  isExhausted: (log, policy, nowMs) => freeAt(log, policy, 1, nowMs) > nowMs,

  usedShare: (log, policy, nowMs) =>
    (log.size - countUntil(log, nowMs - policy.windowMs)) / policy.limit,
};

/**
 * The earliest moment at which `wanted` more units leave at most `limit` in any window. Never before an
 * existing reservation: waiting calls have precedence.
 */
function freeAt(
  log: WindowLog,
  { limit, windowMs }: SlidingWindowPolicy,
  wanted: number,
  nowMs: number,
): number {
  const newestMs = newest(log);
  const reservedMs = newestMs > nowMs ? newestMs : Number.NEGATIVE_INFINITY;
  const pushedOut = log.size + wanted - limit - 1;
  return pushedOut < 0 ? reservedMs : Math.max(reservedMs, momentAt(log, pushedOut) + windowMs);
}

/** The newest moment, in the future for a reservation; minus infinity for an empty log. */
function newest(log: WindowLog): number {
  return log.size === 0 ? Number.NEGATIVE_INFINITY : momentAt(log, log.size - 1);
}
