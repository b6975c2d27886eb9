import type { Clock } from '../core/clock.js';

/** Waits for a booked moment. Rejects with the signal's reason when it is aborted before that. */
export function sleep(
  delayMs: number,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (delayMs <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cancel();
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller's own reason
      reject(signal?.reason);
    };
    const cancel = clock.schedule(
      () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      },
      delayMs,
      'awaited',
    );
    signal?.addEventListener('abort', abort, { once: true });
  });
}
