const FIRST_MS = 50;
const MOST_MS = 800;
const JITTER = 0.2;

/**
 * How long to wait before another attempt to connect: 50 ms, doubling to 800 ms, ±20 % so that many
 * processes do not come back in one wave.
 *
 * It begins anew when the server has proved itself, not when a connection stands: a server that
 * greets and hangs up would be called twenty times a second.
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
