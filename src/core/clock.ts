/** Stops a scheduled callback; harmless when it has already run. */
export type Cancel = () => void;

/** A source of time: a monotonic reading, and timers that follow it. */
export interface Clock {
  /** Milliseconds since a fixed but unspecified moment. Never decreases. */
  nowMs(): number;
  /**
   * Runs `callback` once, not before `delayMs` milliseconds have passed.
   * A `background` timer does not keep the process alive.
   */
  schedule(callback: () => void, delayMs: number, kind: TimerKind): Cancel;
}

/** `awaited`: a caller waits for the timer. `background`: the process may end without it. */
export type TimerKind = 'awaited' | 'background';

/** The longest delay that `setTimeout` accepts; a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * The clock of this process. Monotonic: setting the system's date changes nothing.
 *
 * Node may fire a timer up to a millisecond early; the callback waits for the rest.
 */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  schedule(callback, delayMs, kind) {
    const dueMs = performance.now() + delayMs;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = dueMs - performance.now();
      if (leftMs <= 0) {
        callback();
        return;
      }
      timer = setTimeout(arm, Math.min(Math.ceil(leftMs), MAX_TIMER_MS));
      if (kind === 'background') timer.unref();
    };
    timer = setTimeout(arm, Math.min(Math.ceil(Math.max(delayMs, 0)), MAX_TIMER_MS));
    if (kind === 'background') timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
