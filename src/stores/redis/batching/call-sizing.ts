import type { PendingOperation } from './pending-operation.js';
import { MOST_WORK_OF_A_CALL } from '../protocol/work.js';

/** Fewer requests than this are not worth a call of their own before the turn is over. */
const MIN_EARLY_REQUESTS = 8;

/**
 * Whether new requests leave before the turn of the event loop is over: when they are half of all
 * that is unanswered, so that one half is with the server while the other half is asked for, or as
 * many as a call may hold.
 */
export function isWorthACall(newRequests: number, requestsInFlight: number): boolean {
  const half = (newRequests + requestsInFlight) / 2;
  return newRequests >= Math.min(MOST_WORK_OF_A_CALL, Math.max(MIN_EARLY_REQUESTS, half));
}

/** Where a call that begins at `start` must end, so as not to hold too much work. */
export function endOfCall(operations: readonly PendingOperation[], start: number): number {
  let work = 0;
  let end = start;
  for (; end < operations.length; end++) {
    work += operations[end]?.operation.work ?? 0;
    if (work > MOST_WORK_OF_A_CALL && end > start) break;
  }
  return end;
}

/** Groups of one slot together, and those that travel alone by themselves. */
export function byHashSlot(
  operations: readonly PendingOperation[],
): Iterable<readonly PendingOperation[]> {
  const batches = new Map<number | PendingOperation, PendingOperation[]>();
  for (const pending of operations) {
    const place = pending.isAlone ? pending : pending.hashSlot;
    const others = batches.get(place);
    if (others === undefined) batches.set(place, [pending]);
    else others.push(pending);
  }
  return batches.values();
}
