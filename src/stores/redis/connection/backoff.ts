const FIRST_MS = 50;
const MOST_MS = 800;
const JITTER = 0.2;

/**
 * The pause before the next attempt to connect: 50 ms, doubling to 800 ms, ±20 % so that many
 * processes do not reconnect in one wave.
 *
 * It is reset by a successful probe, not by a new connection: otherwise the store would reconnect
 * twenty times a second to a server that accepts connections and closes them.
 */
export class Backoff {
  #attempts = 0;

  nextMs(): number {
    const delayMs = Math.min(FIRST_MS * 2 ** this.#attempts, MOST_MS);
    this.#attempts += 1;
    return Math.round(delayMs * (1 + (2 * Math.random() - 1) * JITTER));
  }

  reset(): void {
    this.#attempts = 0;
  }
}
