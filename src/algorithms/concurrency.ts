import type { ConcurrencyLimit } from '../core/policy.js';
import type { Verdict } from '../core/store.js';
import { PLACE_POLL_MS } from './place-queue.js';

/**
 * The leases of one identifier: owner to the moment its lease ends, in the order in which they end.
 * (All leases of a limiter run equally long, and renewing one moves it to the back.)
 */
export type Leases = Map<string, number>;

/** How many who wait come first, as far as it matters: not counted beyond the slots that are free. */
export type CountAhead = (free: number) => number;

const NOBODY_WAITS: CountAhead = () => 0;

/** What a caller may do for whom there is no place in the queue, in milliseconds: try again then. */
const FULL_QUEUE_RETRY_MS = 1_000;

/**
 * Decides over one slot. Nobody gets one before those who wait and come first. Reads only.
 *
 * `takes` tells whether an allowed verdict is committed with `holdSlot`. How long a holder keeps its
 * slot is unknown, so `retryAfterMs` is the end of the oldest lease: the latest, not the likely time.
 */
export function evaluateSlots(
  leases: Leases,
  limit: ConcurrencyLimit,
  takes: boolean,
  nowMs: number,
  countAhead: CountAhead = NOBODY_WAITS,
): Verdict {
  const ends = [...leases.values()].filter((endMs) => endMs > nowMs);
  const free = limit.maxConcurrent - ends.length;
  const ahead = free > 0 ? countAhead(free) : 0;
  const allowed = free > ahead;
  if (allowed && takes) ends.push(nowMs + limit.leaseMs);
  const remaining = Math.max(0, limit.maxConcurrent - ends.length - ahead);
  // As many leases must end until one slot more than now is free.
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

/** Sorts in place, which is only ever needed after the lease time of a limiter was changed. */
function inOrder(ends: number[]): readonly number[] {
  const isOrdered = ends.every((endMs, index) => index === 0 || endMs >= (ends[index - 1] ?? 0));
  return isOrdered ? ends : ends.sort((a, b) => a - b);
}

/** The verdict on a request that waits for a slot, and came at a moment in microseconds, or earlier. */
export function waitingSince(verdict: Verdict, nowUs: number): Verdict {
  return { ...verdict, reservation: Math.round(nowUs) };
}

/** The verdict on a request that would wait for a slot if there were room in the queue. */
export function queueIsFull(verdict: Verdict): Verdict {
  return { ...verdict, denial: 'queue', retryAfterMs: FULL_QUEUE_RETRY_MS };
}

/**
 * The verdict of a policy that counts both units and slots. It passes when both do; the units speak
 * for it, unless only a slot is missing.
 */
export function joinVerdicts(rate: Verdict, slot: Verdict): Verdict {
  if (slot.allowed) return rate;
  const retryAfterMs = Math.max(rate.retryAfterMs, slot.retryAfterMs);
  return rate.allowed ? { ...slot, retryAfterMs } : { ...rate, retryAfterMs };
}

/** Gives a slot to `leaseId`, or prolongs the one it holds, and drops leases that have ended. */
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

/** True when no lease is running. */
export function areSlotsUntouched(leases: Leases, nowMs: number): boolean {
  for (const endMs of leases.values()) if (endMs > nowMs) return false;
  return true;
}
