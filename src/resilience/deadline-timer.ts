import type { Cancel, Clock } from '../core/clock.js';

/**
 * One timer for many deadlines.
 *
 * It is set for the earliest of them and reports when that has passed. When it fires late because this
 * process was busy, replies may be in the socket that were not read yet. Two turns of the event loop
 * read them first, and only deadlines before those turns count as passed: the turns may take long, and a
 * deadline that passes during them has had no turn of its own yet. So a healthy server never looks
 * late, however busy this process is.
 */
export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #onDue: (dueByMs: number) => number;
  #cancel: Cancel | null = null;
  #dueMs = Number.POSITIVE_INFINITY;

  /**
   * `onDue` receives the moment up to which deadlines have passed, and returns the next deadline after
   * it, or infinity without one.
   */
  constructor(clock: Clock, onDue: (dueByMs: number) => number) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Ensures that `onDue` is called at this moment or soon after it. */
  wakeBy(dueMs: number): void {
    if (dueMs >= this.#dueMs) return;
    this.#cancel?.();
    this.#dueMs = dueMs;
    const delayMs = Math.max(0, dueMs - this.#clock.nowMs());
    const afterUnreadReplies = (): void => {
      const firedMs = this.#clock.nowMs();
      setImmediate(() => {
        setImmediate(() => {
          this.#fire(firedMs);
        });
      });
    };
    this.#cancel = this.#clock.schedule(afterUnreadReplies, delayMs, 'awaited');
  }

  /** Cancels the timer. */
  stop(): void {
    this.#cancel?.();
    this.#dueMs = Number.POSITIVE_INFINITY;
  }

  #fire(dueByMs: number): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
    const nextMs = this.#onDue(dueByMs);
    if (nextMs !== Number.POSITIVE_INFINITY) this.wakeBy(nextMs);
  }
}
