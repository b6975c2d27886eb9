import type { Clock } from '../../core/clock.js';
import { whenAborted } from './abort-signals.js';

/** The waits of calls for their reserved moments. */
export class ReservationWaits {
  readonly #clock: Clock;
  readonly #wakeUps = new Set<(error: unknown) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits. Rejects with the signal's reason when it aborts, and with the error of `close`. */
  wait(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (delayMs <= 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        cancel();
        this.#wakeUps.delete(wakeUp);
        ignoreAbort();
      };
      const wakeUp = (error: unknown): void => {
        stop();
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller's own reason
        reject(error);
      };
      const onTime = (): void => {
        stop();
        resolve();
      };
      const cancel = this.#clock.schedule(onTime, delayMs, 'awaited');
      this.#wakeUps.add(wakeUp);
      const ignoreAbort = whenAborted(signal, wakeUp);
    });
  }

  /** Rejects every wait with an error. */
  close(error: unknown): void {
    for (const wakeUp of [...this.#wakeUps]) wakeUp(error);
  }
}
