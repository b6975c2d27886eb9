import type { Cancel, Clock } from '../core/clock.js';
import type { MaybePromise } from '../core/maybe-promise.js';

interface Pending {
  readonly dueMs: number;
  readonly expire: () => void;
}

/**
 * Bounds how long answers are waited for, with one timer for all of them.
 *
 * A timer that fires after this process itself was stalled finds answers that are already in the
 * socket but not yet read; two turns of the event loop are given to them before anything expires,
 * so that a healthy store never looks late.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #pending = new Set<Pending>();
  #cancelTimer: Cancel | null = null;
  #timerDueMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Settles like `answer`, or with `late()` when that takes longer than `timeoutMs`. */
  bound<T>(answer: Promise<T>, timeoutMs: number, late: () => MaybePromise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const pending: Pending = {
        dueMs: this.#clock.nowMs() + timeoutMs,
        expire: () => {
          resolve(late());
        },
      };
      this.#add(pending);
      const settled = (): void => {
        this.#remove(pending);
      };
      answer.then(resolve, reject);
      answer.then(settled, settled);
    });
  }

  #add(pending: Pending): void {
    this.#pending.add(pending);
    if (pending.dueMs < this.#timerDueMs) this.#arm(pending.dueMs);
  }

  #remove(pending: Pending): void {
    this.#pending.delete(pending);
    if (this.#pending.size > 0) return;
    this.#cancelTimer?.();
    this.#timerDueMs = Number.POSITIVE_INFINITY;
  }

  #arm(dueMs: number): void {
    this.#cancelTimer?.();
    this.#timerDueMs = dueMs;
    const delayMs = Math.max(0, dueMs - this.#clock.nowMs());
    const afterUnreadAnswers = (): void => {
      setImmediate(() => {
        setImmediate(() => {
          this.#expire();
        });
      });
    };
    this.#cancelTimer = this.#clock.schedule(afterUnreadAnswers, delayMs, 'awaited');
  }

  #expire(): void {
    const nowMs = this.#clock.nowMs();
    let nextDueMs = Number.POSITIVE_INFINITY;
    for (const pending of this.#pending) {
      if (pending.dueMs > nowMs) {
        nextDueMs = Math.min(nextDueMs, pending.dueMs);
        continue;
      }
      this.#pending.delete(pending);
      pending.expire();
    }
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    if (nextDueMs !== Number.POSITIVE_INFINITY) this.#arm(nextDueMs);
  }
}
