import type { Group } from './group.js';
import { MOST_WORK_OF_A_CALL } from './work.js';

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
export function endOfCall(groups: readonly Group[], start: number): number {
  let work = 0;
  let end = start;
  for (; end < groups.length; end++) {
    work += groups[end]?.question.work ?? 0;
    if (work > MOST_WORK_OF_A_CALL && end > start) break;
  }
  return end;
}

/** Groups of one slot together, and those that travel alone by themselves. */
export function bySlot(groups: readonly Group[]): Iterable<readonly Group[]> {
  const batches = new Map<number | Group, Group[]>();
  for (const group of groups) {
    const place = group.isAlone ? group : group.slot;
    const others = batches.get(place);
    if (others === undefined) batches.set(place, [group]);
    else others.push(group);
  }
  return batches.values();
}
