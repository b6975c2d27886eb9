import type { ConcurrencyLimit } from '../core/policy.js';
import type { Verdict } from '../core/store.js';

/**
 * The leases of one identifier: owner to the moment its lease ends, in the order in which they end.
 * (All leases of a limiter run equally long, and renewing one moves it to the back.)
 */
export type Leases = Map<string, number>;

/**
 * Decides over one slot. Reads only.
 *
 * `takes` tells whether an allowed verdict is committed with `holdSlot`. How long a holder keeps its
 * slot is unknown, so `retryAfterMs` is the end of the oldest lease: the latest, not the likely time.
 */
export function evaluateSlots(
  leases: Leases,
  limit: ConcurrencyLimit,
  takes: boolean,
  nowMs: number,
): Verdict {
  let held = 0;
  let firstEndMs = Number.POSITIVE_INFINITY;
  let lastEndMs = nowMs;
  for (const endMs of leases.values()) {
    if (endMs <= nowMs) continue;
    held += 1;
    firstEndMs = Math.min(firstEndMs, endMs);
    lastEndMs = Math.max(lastEndMs, endMs);
  }
  const allowed = held < limit.maxConcurrent;
  const taken = allowed && takes ? 1 : 0;
  if (taken === 1) lastEndMs = nowMs + limit.leaseMs;
  const nextFreeMs = held === 0 ? lastEndMs - nowMs : firstEndMs - nowMs;
  return {
    allowed,
    blocked: allowed ? null : 'slot',
    limit: limit.maxConcurrent,
    remaining: Math.max(0, limit.maxConcurrent - held - taken),
    retryAfterMs: allowed ? 0 : Math.ceil(nextFreeMs),
    resetAfterMs: Math.ceil(lastEndMs - nowMs),
    moreAfterMs: Math.ceil(nextFreeMs),
    waitMs: 0,
    booking: 0,
  };
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
