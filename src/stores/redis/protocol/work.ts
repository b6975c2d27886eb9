import { countsUnits } from '../../../core/policy.js';
import type { Grant, StoreRequest } from '../../../core/store.js';
import { counterOf } from './algorithms.js';

/** The most work of one script call, so that no call keeps the server busy for long. */
export const MOST_WORK_OF_A_CALL = 64;

/** The most work of requests that are decided together, in one step. */
const MOST_WORK_OF_A_STEP = 256;

/** How much work a request is for the server, in ordinary requests (about 10 microseconds). */
export function workOf({ cost, policy }: StoreRequest): number {
  return countsUnits(policy) ? counterOf(policy).workOf(policy, cost) : 1;
}

/** How much work the release of a grant is. */
export function releaseWorkOf({ policy }: Grant): number {
  return countsUnits(policy) ? counterOf(policy).releaseWorkOf(policy) : 1;
}

/** Requests in parts, in their order, each of which is one step that the server is quick with. */
export function inSteps(requests: readonly StoreRequest[]): readonly (readonly StoreRequest[])[] {
  return inParts(requests, workOf, MOST_WORK_OF_A_STEP);
}

/** Grants in parts, in their order, each of which is one call. */
export function inCalls(returns: readonly Grant[]): readonly (readonly Grant[])[] {
  return inParts(returns, releaseWorkOf, MOST_WORK_OF_A_CALL);
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
