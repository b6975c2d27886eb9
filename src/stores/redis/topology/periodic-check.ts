import type { Cancel, Clock } from '../../../core/clock.js';

/** Looks at something again and again, one look at a time. */
export class PeriodicCheck {
  readonly #clock: Clock;
  readonly #look: () => Promise<void>;
  readonly #pauseMs: () => number | null;
  #cancel: Cancel = () => undefined;
  #isLooking = false;

  /** `pauseMs` is asked after each look; null: never again. */
  constructor(clock: Clock, look: () => Promise<void>, pauseMs: () => number | null) {
    this.#clock = clock;
    this.#look = look;
    this.#pauseMs = pauseMs;
  }

  /** Puts the next look at another moment: after a pause, unless said otherwise. */
  plan(afterMs?: number): void {
    this.#cancel();
    const pauseMs = this.#pauseMs();
    if (pauseMs === null) return;
    const look = (): void => void this.#lookOnce();
    this.#cancel = this.#clock.schedule(look, afterMs ?? pauseMs, 'background');
  }

  stop(): void {
    this.#cancel();
  }

  async #lookOnce(): Promise<void> {
    if (this.#isLooking || this.#pauseMs() === null) return;
    this.#isLooking = true;
    try {
      await this.#look();
    } catch {
      // The next look may see more.
    } finally {
      this.#isLooking = false;
      this.plan();
    }
  }
}
