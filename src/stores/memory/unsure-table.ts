import type { UnsureReservations } from '../../algorithms/rate-algorithm.js';

/** How many identifiers may have unsure reservations at once. */
const MOST = 10_000;

/** Reservations of identifiers that a return has made unsure. Empty as long as returns come in order. */
export class UnsureTable {
  readonly #unsure = new Map<string, UnsureReservations>();

  /** Whether this reservation must not be returned any more. */
  has(identifier: string, reservation: number | null): boolean {
    const unsure = this.#unsure.get(identifier);
    return unsure !== undefined && reservation !== null && isWithin(unsure, reservation);
  }

  /** Whether another identifier can be noted. Forgets what does not matter any more. */
  hasRoom(nowMs: number): boolean {
    if (this.#unsure.size < MOST) return true;
    for (const [identifier, { untilMs }] of this.#unsure) {
      if (untilMs <= nowMs) this.#unsure.delete(identifier);
    }
    return this.#unsure.size < MOST;
  }

  note(identifier: string, added: UnsureReservations): void {
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
