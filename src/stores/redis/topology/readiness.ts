import type { StoreUnavailableError } from '../../../core/errors/index.js';

/** Those who wait to hear whether a server, or a cluster, can be used. */
export class ReadinessWaiters {
  readonly #waiting = new Set<(failure: StoreUnavailableError | null) => void>();

  get hasWaiters(): boolean {
    return this.#waiting.size > 0;
  }

  /** Settles with what is told next. */
  next(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add((failure) => {
        if (failure === null) resolve();
        else reject(failure);
      });
    });
  }

  /** Tells everybody who waits how it went; null: well. */
  settle(failure: StoreUnavailableError | null): void {
    for (const settle of this.#waiting) settle(failure);
    this.#waiting.clear();
  }
}
