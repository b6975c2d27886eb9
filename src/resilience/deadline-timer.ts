import type { Cancel, Clock } from '../core/clock.js';

/**
 * One timer for many deadlines.
 *
 * It is set for the first of them and reports when that has passed. A timer that fires after this
 * process itself was busy finds answers that are in the socket but not read yet. Two turns of the
 * event loop are given to them first, and only what was due before those turns counts as due: they
 * may themselves take long, and what comes due in them has had no turn of its own yet. So a healthy
 * server never looks late, however busy this process is.
 */
export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #onDue: (dueByMs: number) => number;
  #cancel: Cancel | null = null;
  #dueMs = Number.POSITIVE_INFINITY;

  /**
   * `onDue` gets the moment up to which deadlines have passed, and returns the next deadline after
   * it, or infinity when there is none.
   */
  constructor(clock: Clock, onDue: (dueByMs: number) => number) {
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
      const firedMs = this.#clock.nowMs();
      setImmediate(() => {
        setImmediate(() => {
          this.#fire(firedMs);
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

  #fire(dueByMs: number): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
    const nextMs = this.#onDue(dueByMs);
    if (nextMs !== Number.POSITIVE_INFINITY) this.wakeBy(nextMs);
  }
}
