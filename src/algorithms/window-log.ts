/**
 * The moments of accepted units, oldest first, in whole milliseconds.
 *
 * A ring buffer: once it holds as many moments as the limit, the next one overwrites the oldest. It grows
 * with its use, so that a single unit takes a single element.
 */
export interface WindowLog {
  ring: number[];
  /** The index of the oldest moment in the ring. */
  first: number;
  size: number;
}

/** An empty log. It occupies no memory until a moment is appended. */
export function emptyLog(): WindowLog {
  return { ring: [], first: 0, size: 0 };
}

/** The moment at a position, from 0 for the oldest. The position must be below `size`. */
export function momentAt(log: WindowLog, position: number): number {
  const index = log.first + position;
  const moment = log.ring[index < log.ring.length ? index : index - log.ring.length];
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
  resize(log, Math.min(log.size + count, limit), limit);
  for (let unit = 0; unit < count; unit++) {
    const index = (log.first + log.size) % log.ring.length;
    log.ring[index] = moment;
    if (log.size < log.ring.length) log.size += 1;
    else log.first = (log.first + 1) % log.ring.length;
  }
}

/** Removes `count` moments from a position on. Moves the shorter side of the log, once. */
export function removeAt(log: WindowLog, position: number, count: number): void {
  const behind = log.size - position - count;
  if (behind <= position) {
    for (let index = 0; index < behind; index++) {
      setMoment(log, position + index, momentAt(log, position + count + index));
    }
  } else {
    for (let index = position - 1; index >= 0; index--) {
      setMoment(log, index + count, momentAt(log, index));
    }
    log.first = (log.first + count) % log.ring.length;
  }
  log.size -= count;
}

/** Inserts `count` equal moments at a position. The ring must have capacity for them. */
export function insertAt(log: WindowLog, position: number, moment: number, count: number): void {
  const behind = log.size - position;
  log.size += count;
  if (behind <= position) {
    for (let index = behind - 1; index >= 0; index--) {
      setMoment(log, position + count + index, momentAt(log, position + index));
    }
  } else {
    log.first = (log.first - count + log.ring.length) % log.ring.length;
    for (let index = 0; index < position; index++) {
      setMoment(log, index, momentAt(log, index + count));
    }
  }
  for (let index = 0; index < count; index++) setMoment(log, position + index, moment);
}

function setMoment(log: WindowLog, position: number, moment: number): void {
  log.ring[(log.first + position) % log.ring.length] = moment;
}

/**
 * Resizes the ring to at least `needed` and at most `limit` elements. Doubles, so that growth is cheap on
 * average; copies only when the size changes or a lowered limit shortens it.
 */
function resize(log: WindowLog, needed: number, limit: number): void {
  const length = log.ring.length;
  if (length >= needed && length <= limit) return;
  const newLength = Math.min(limit, Math.max(needed, length * 2));
  const kept = Math.min(log.size, newLength);
  const ring = new Array<number>(newLength).fill(0);
  for (let position = 0; position < kept; position++) {
    ring[position] = momentAt(log, log.size - kept + position);
  }
  log.ring = ring;
  log.first = 0;
  log.size = kept;
}
