import type { Group } from './group.js';

/** The most requests in one script call, so that no call keeps the server busy for long. */
const MAX_REQUESTS_PER_CALL = 64;

/** Where a call that begins at `start` must end, so as not to hold too many requests. */
export function endOfCall(groups: readonly Group[], start: number): number {
  let requests = 0;
  let end = start;
  for (; end < groups.length; end++) {
    requests += groups[end]?.question.requests ?? 0;
    if (requests > MAX_REQUESTS_PER_CALL && end > start) break;
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
