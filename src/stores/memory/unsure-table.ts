import type { UnsureReservations } from '../../algorithms/rate-algorithm.js';

/** The most identifiers with unsure reservations at once. */
const MAX_ENTRIES = 10_000;

/** The reservations that a release has made unsure. Empty while releases come in order. */
export class UnsureTable {
  readonly #unsure = new Map<string, UnsureReservations>();

  /** Whether this reservation must not be released any more. */
  has(identifier: string, reservation: number | null): boolean {
    const unsure = this.#unsure.get(identifier);
    return unsure !== undefined && reservation !== null && isWithin(unsure, reservation);
  }

  /** Whether another identifier can be added. Removes expired entries. */
  hasCapacity(nowMs: number): boolean {
    if (this.#unsure.size < MAX_ENTRIES) return true;
    for (const [identifier, { untilMs }] of this.#unsure) {
      if (untilMs <= nowMs) this.#unsure.delete(identifier);
    }
    return this.#unsure.size < MAX_ENTRIES;
  }

  add(identifier: string, added: UnsureReservations): void {
    const known = this.#unsure.get(identifier);
    if (known === undefined) {
      this.#unsure.set(identifier, added);
      return;
    }
    this.#unsure.set(identifier, {
      after: Math.min(known.after, added.after),
      upTo: Math.max(known.upTo, added.upTo),
      untilMs: Math.max(known.untilMs, added.untilMs),
    });
  }

  forget(identifier: string): void {
    this.#unsure.delete(identifier);
  }
}

function isWithin({ after, upTo }: UnsureReservations, reservation: number): boolean {
  return reservation > after && reservation <= upTo;
}
