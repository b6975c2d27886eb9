import type { Clock } from '../core/clock.js';
import type { MaybePromise } from '../core/maybe-promise.js';
import { DeadlineTimer } from './deadline-timer.js';

interface Pending {
  readonly dueMs: number;
  readonly expire: () => void;
}

/** Bounds the wait for replies, with one timer for all of them. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #pending = new Set<Pending>();
  readonly #timer: DeadlineTimer;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#timer = new DeadlineTimer(clock, (dueByMs) => this.#expire(dueByMs));
  }

  /** Settles like `reply`, or with `late()` after `timeoutMs`. */
  bound<T>(reply: Promise<T>, timeoutMs: number, late: () => MaybePromise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const pending: Pending = {
        dueMs: this.#clock.nowMs() + timeoutMs,
        expire: () => {
          resolve(late());
        },
      };
      this.#pending.add(pending);
      this.#timer.wakeBy(pending.dueMs);
      const settled = (): void => {
        this.#pending.delete(pending);
        if (this.#pending.size === 0) this.#timer.stop();
      };
      reply.then(resolve, reject);
      reply.then(settled, settled);
    });
  }

  #expire(dueByMs: number): number {
    let nextDueMs = Number.POSITIVE_INFINITY;
    for (const pending of this.#pending) {
      if (pending.dueMs > dueByMs) {
        nextDueMs = Math.min(nextDueMs, pending.dueMs);
        continue;
      }
      this.#pending.delete(pending);
      pending.expire();
    }
    return nextDueMs;
  }
}
