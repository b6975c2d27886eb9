import type { Clock } from '../core/clock.js';

/** How many lines about one thing are written in how long. */
export interface Budget {
  readonly lines: number;
  readonly everyMs: number;
}

/** What was written about one thing. */
interface Written {
  sinceMs: number;
  lines: number;
  suppressed: number;
}

/**
 * Keeps a flood of events from becoming a flood of lines. What is left out is counted, and told with
 * the next line about the same thing. One entry for each key: keys are limiters, never callers.
 */
export class LineBudget {
  readonly #budget: Budget;
  readonly #clock: Clock;
  readonly #written = new Map<string, Written>();

  constructor(budget: Budget, clock: Clock) {
    this.#budget = budget;
    this.#clock = clock;
  }

  /** How many lines were left out before this one; null when this one is to be left out, too. */
  take(key: string): number | null {
    const nowMs = this.#clock.nowMs();
    const written = this.#written.get(key);
    if (written === undefined) {
      this.#written.set(key, { sinceMs: nowMs, lines: 1, suppressed: 0 });
      return 0;
    }
    if (nowMs - written.sinceMs >= this.#budget.everyMs) {
      written.sinceMs = nowMs;
      written.lines = 0;
    }
    if (written.lines >= this.#budget.lines) {
      written.suppressed += 1;
      return null;
    }
    const { suppressed } = written;
    written.lines += 1;
    written.suppressed = 0;
    return suppressed;
  }
}
