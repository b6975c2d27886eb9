import { momentAt, type WindowLog } from '../../src/algorithms/window-log.js';

/** The moments in order, as a new array. */
export function momentsOf(log: WindowLog): number[] {
  return Array.from({ length: log.size }, (_, position) => momentAt(log, position));
}

/** A log that holds the given moments, which must be in order. */
export function logOf(moments: readonly number[]): WindowLog {
  return { ring: [...moments], first: 0, size: moments.length };
}
