import type { ConcurrencyLimit } from '../core/policy.js';
import type { Verdict } from '../core/store.js';
import { PLACE_POLL_MS } from './place-queue.js';

/**
 * The leases of one identifier: the end of each by lease id, in the order of their ends. (All leases of a
 * limiter have the same length, and a renewal moves a lease to the back.)
 */
export type Leases = Map<string, number>;

/** The number of waiting requests with precedence; not counted beyond the free slots. */
export type CountAhead = (free: number) => number;

const NO_QUEUE: CountAhead = () => 0;

/** The retryAfterMs of a request that finds the queue full. */
const FULL_QUEUE_RETRY_MS = 1_000;

/**
 * Decides one request for a slot, after the waiting requests with precedence. Reads only.
 *
 * `takes` is whether an allowed verdict is committed with `holdSlot`. It is unknown how long holders keep
 * their slots, so `retryAfterMs` is the end of the oldest lease: the latest time, not the likely one.
 */
export function evaluateSlots(
  leases: Leases,
  limit: ConcurrencyLimit,
  takes: boolean,
  nowMs: number,
  countAhead: CountAhead = NO_QUEUE,
): Verdict {
  const ends = [...leases.values()].filter((endMs) => endMs > nowMs);
  const free = limit.maxConcurrent - ends.length;
  const ahead = free > 0 ? countAhead(free) : 0;
  const allowed = free > ahead;
  if (allowed && takes) ends.push(nowMs + limit.leaseMs);
  const remaining = Math.max(0, limit.maxConcurrent - ends.length - ahead);
  // The number of leases that must end until one more slot is free.
  const tooMany = Math.max(1, ends.length - limit.maxConcurrent + 1);
  const isPromised = free > 0 && !allowed;
  const nextFreeMs = isPromised ? PLACE_POLL_MS : (inOrder(ends)[tooMany - 1] ?? nowMs) - nowMs;
  return {
    allowed,
    denial: allowed ? null : 'slot',
    limit: limit.maxConcurrent,
    remaining,
    retryAfterMs: allowed ? 0 : Math.ceil(nextFreeMs),
    resetAfterMs: Math.ceil((inOrder(ends).at(-1) ?? nowMs) - nowMs),
    moreAfterMs: Math.ceil(nextFreeMs),
    waitMs: 0,
    reservation: 0,
  };
}

/** Sorts in place, which is necessary only after the lease time of a limiter has changed. */
function inOrder(ends: number[]): readonly number[] {
  const isOrdered = ends.every((endMs, index) => index === 0 || endMs >= (ends[index - 1] ?? 0));
  return isOrdered ? ends : ends.sort((a, b) => a - b);
}

/** The verdict of a request that waits for a slot and arrived at a moment in microseconds, or earlier. */
export function waitingSince(verdict: Verdict, nowUs: number): Verdict {
  return { ...verdict, reservation: Math.round(nowUs) };
}

/** The verdict of a request that cannot wait for a slot because the queue is full. */
export function queueIsFull(verdict: Verdict): Verdict {
  return { ...verdict, denial: 'queue', retryAfterMs: FULL_QUEUE_RETRY_MS };
}

/**
 * The verdict of a policy with both units and slots. It passes when both do. It has the numbers of the
 * units, unless only a slot is missing.
 */
export function joinVerdicts(rate: Verdict, slot: Verdict): Verdict {
  if (slot.allowed) return rate;
  const retryAfterMs = Math.max(rate.retryAfterMs, slot.retryAfterMs);
  return rate.allowed ? { ...slot, retryAfterMs } : { ...rate, retryAfterMs };
}

/** Takes a slot for `leaseId`, or renews its lease, and removes leases that have ended. */
export function holdSlot(
  leases: Leases,
  limit: Pick<ConcurrencyLimit, 'leaseMs'>,
  leaseId: string,
  nowMs: number,
): void {
  for (const [owner, endMs] of leases) {
    if (endMs > nowMs) break;
    leases.delete(owner);
  }
  leases.delete(leaseId);
  leases.set(leaseId, nowMs + limit.leaseMs);
}

/** True when no slot is held. */
export function areSlotsUntouched(leases: Leases, nowMs: number): boolean {
  for (const endMs of leases.values()) if (endMs > nowMs) return false;
  return true;
}
