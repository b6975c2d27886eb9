import type { Grant, PlacesRef, StoreRequest } from '../../../core/store.js';

/** The most work of one script call, so that no call keeps the server busy for long. */
export const MOST_WORK_OF_A_CALL = 64;

/** The most work of requests that are decided together, in one step. */
const MOST_WORK_OF_A_STEP = 256;

/** Units that a window writes in the time of an ordinary request. */
const UNITS_WRITTEN = 400;
/** From so many units on, a window writes them in pieces, which takes next to no time. */
const WRITTEN_IN_PIECES = 100_000;
/** Moments of a window that move in the time of an ordinary request. At most half of them move. */
const MOMENTS_MOVED = 1_800;

/** Places of a queue that are touched in the time of an ordinary request. */
const PLACES_TOUCHED = 4;

/**
 * How much work a request is for the server, in ordinary requests (about 10 microseconds). A token
 * bucket is always one; a window writes each unit that it grants.
 */
export function workOf({ cost, policy }: StoreRequest): number {
  if (policy.algorithm !== 'sliding_window') return 1;
  return 1 + Math.min(cost, policy.limit, WRITTEN_IN_PIECES) / UNITS_WRITTEN;
}

/** The same for a grant that is handed back: the moments on one side of it may have to move. */
export function workOfReturn({ policy }: Grant): number {
  return policy.algorithm === 'sliding_window' ? 1 + policy.limit / 2 / MOMENTS_MOVED : 1;
}

/** The same for places in the queue for slots. */
export function workOfPlaces({ leaseIds }: PlacesRef): number {
  return 1 + leaseIds.length / PLACES_TOUCHED;
}

/** Requests in parts, in their order, each of which is one step that the server is quick with. */
export function inSteps(requests: readonly StoreRequest[]): readonly (readonly StoreRequest[])[] {
  return inParts(requests, workOf, MOST_WORK_OF_A_STEP);
}

/** Grants in parts, in their order, each of which is one call. */
export function inCalls(returns: readonly Grant[]): readonly (readonly Grant[])[] {
  return inParts(returns, workOfReturn, MOST_WORK_OF_A_CALL);
}

function inParts<T>(
  items: readonly T[],
  work: (item: T) => number,
  most: number,
): readonly (readonly T[])[] {
  const parts: T[][] = [];
  let left = 0;
  for (const item of items) {
    const needed = work(item);
    const part = parts.at(-1);
    if (part === undefined || needed > left) {
      parts.push([item]);
      left = most - needed;
    } else {
      part.push(item);
      left -= needed;
    }
  }
  return parts;
}
