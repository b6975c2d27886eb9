/**
 * The moments of accepted units, oldest first, in whole milliseconds.
 *
 * A ring: once it holds as many moments as the limit allows, the next one overwrites the oldest.
 * It grows with its use, so that a caller who comes once costs one slot.
 */
export interface WindowLog {
  slots: number[];
  /** Slot of the oldest moment. */
  first: number;
  size: number;
}

/** An empty log. It occupies no slot until something is appended. */
export function emptyLog(): WindowLog {
  return { slots: [], first: 0, size: 0 };
}

/** The moment at a position, counted from the oldest (0). The position must be below `size`. */
export function momentAt(log: WindowLog, position: number): number {
  const slot = log.first + position;
  const moment = log.slots[slot < log.slots.length ? slot : slot - log.slots.length];
  return moment ?? Number.NEGATIVE_INFINITY;
}

/** How many moments are at or before `moment`. Binary search: the log is in order. */
export function countUntil(log: WindowLog, moment: number): number {
  let low = 0;
  let high = log.size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (momentAt(log, middle) <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Appends `count` units at `moment`, keeping at most the newest `limit` moments. */
export function append(log: WindowLog, moment: number, count: number, limit: number): void {
  makeRoom(log, Math.min(log.size + count, limit), limit);
  for (let unit = 0; unit < count; unit++) {
    const slot = (log.first + log.size) % log.slots.length;
    log.slots[slot] = moment;
    if (log.size < log.slots.length) log.size += 1;
    else log.first = (log.first + 1) % log.slots.length;
  }
}

/** The moments in order, as a new array. */
export function momentsOf(log: WindowLog): number[] {
  return Array.from({ length: log.size }, (_, position) => momentAt(log, position));
}

/** A log that holds the given moments, which must be in order. */
export function logOf(moments: readonly number[]): WindowLog {
  return { slots: [...moments], first: 0, size: moments.length };
}

/**
 * Gives the ring at least `needed` slots and at most `limit`. Doubles, so that growing is cheap on
 * average; copies only when the size changes or a lowered limit makes it shorter.
 */
function makeRoom(log: WindowLog, needed: number, limit: number): void {
  const length = log.slots.length;
  if (length >= needed && length <= limit) return;
  const newLength = Math.min(limit, Math.max(needed, length * 2));
  const kept = Math.min(log.size, newLength);
  const slots = new Array<number>(newLength).fill(0);
  for (let position = 0; position < kept; position++) {
    slots[position] = momentAt(log, log.size - kept + position);
  }
  log.slots = slots;
  log.first = 0;
  log.size = kept;
}
