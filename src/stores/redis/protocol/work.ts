import { countsUnits } from '../../../core/policy.js';
import type { Grant, StoreRequest } from '../../../core/store.js';
import { counterOf } from './algorithms.js';

/** The most work of a call with several operations, so that no call blocks the server for long. */
export const MOST_WORK_OF_A_CALL = 64;

/** The most work of requests that are decided in one atomic call. */
const MOST_WORK_OF_A_DECISION = 256;

/** How much work a request is for the server, in ordinary requests (about 10 microseconds). */
export function workOf({ cost, policy }: StoreRequest): number {
  return countsUnits(policy) ? counterOf(policy).workOf(policy, cost) : 1;
}

/** How much work the release of a grant is. */
export function releaseWorkOf({ policy }: Grant): number {
  return countsUnits(policy) ? counterOf(policy).releaseWorkOf(policy) : 1;
}

/** A batch in parts, in its order, each of which is one call. */
export function decisionParts(
  requests: readonly StoreRequest[],
): readonly (readonly StoreRequest[])[] {
  return inParts(requests, workOf, MOST_WORK_OF_A_DECISION);
}

/** Grants in parts, in their order, each of which is one call. */
export function releaseParts(grants: readonly Grant[]): readonly (readonly Grant[])[] {
  return inParts(grants, releaseWorkOf, MOST_WORK_OF_A_CALL);
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
