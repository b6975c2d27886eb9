import type { Cancel, Clock } from '../../../core/clock.js';

/** Repeats a check, one at a time. */
export class PeriodicCheck {
  readonly #clock: Clock;
  readonly #check: () => Promise<void>;
  readonly #pauseMs: () => number | null;
  #cancel: Cancel = () => undefined;
  #isChecking = false;

  /** `pauseMs` returns the pause before the next check; null: there is none. */
  constructor(clock: Clock, check: () => Promise<void>, pauseMs: () => number | null) {
    this.#clock = clock;
    this.#check = check;
    this.#pauseMs = pauseMs;
  }

  /** Reschedules the next check: after `afterMs`, or else after a pause. */
  plan(afterMs?: number): void {
    this.#cancel();
    const pauseMs = this.#pauseMs();
    if (pauseMs === null) return;
    const check = (): void => void this.#checkOnce();
    this.#cancel = this.#clock.schedule(check, afterMs ?? pauseMs, 'background');
  }

  stop(): void {
    this.#cancel();
  }

  async #checkOnce(): Promise<void> {
    if (this.#isChecking || this.#pauseMs() === null) return;
    this.#isChecking = true;
    try {
      await this.#check();
    } catch {
      // The next check may succeed.
    } finally {
      this.#isChecking = false;
      this.plan();
    }
  }
}
