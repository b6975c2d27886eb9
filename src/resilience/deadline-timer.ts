import type { Cancel, Clock } from '../core/clock.js';

/**
 * One timer for many deadlines.
 *
 * It is set for the first of them and tells when that has passed; who is told answers when the next
 * one is due. A timer that fires after this process itself was stalled finds answers that are in
 * the socket but not read yet. Two turns of the event loop are given to them first, so that a
 * healthy server never looks late.
 */
export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #onDue: (nowMs: number) => number;
  #cancel: Cancel | null = null;
  #dueMs = Number.POSITIVE_INFINITY;

  /** `onDue` answers when the next deadline is, or infinity when there is none. */
  constructor(clock: Clock, onDue: (nowMs: number) => number) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Makes sure that `onDue` is called at this moment or soon after it. */
  wakeBy(dueMs: number): void {
    if (dueMs >= this.#dueMs) return;
    this.#cancel?.();
    this.#dueMs = dueMs;
    const delayMs = Math.max(0, dueMs - this.#clock.nowMs());
    const afterUnreadAnswers = (): void => {
      setImmediate(() => {
        setImmediate(() => {
          this.#fire();
        });
      });
    };
    this.#cancel = this.#clock.schedule(afterUnreadAnswers, delayMs, 'awaited');
  }

  /** Forgets the deadline that it is set for. */
  stop(): void {
    this.#cancel?.();
    this.#dueMs = Number.POSITIVE_INFINITY;
  }

  #fire(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
    const nextMs = this.#onDue(this.#clock.nowMs());
    if (nextMs !== Number.POSITIVE_INFINITY) this.wakeBy(nextMs);
  }
}
