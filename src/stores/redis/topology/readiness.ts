import type { StoreUnavailableError } from '../../../core/errors/index.js';

/** Callers that wait until a server, or a cluster, is ready. */
export class ReadinessWaiters {
  readonly #waiting = new Set<(failure: StoreUnavailableError | null) => void>();

  get hasWaiters(): boolean {
    return this.#waiting.size > 0;
  }

  /** Settles with the next outcome. */
  next(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add((failure) => {
        if (failure === null) resolve();
        else reject(failure);
      });
    });
  }

  /** Notifies all waiters of the outcome; null: ready. */
  settle(failure: StoreUnavailableError | null): void {
    for (const settle of this.#waiting) settle(failure);
    this.#waiting.clear();
  }
}
