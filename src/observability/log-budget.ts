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

const FAILURE_EVERY_MS = 30_000;

/** Lines about one limiter in that time: what happened, and what it turned into. */
const FAILURE_LINES = 2;

/** What was last said of a limiter. */
interface Reported {
  readonly sinceMs: number;
  kind: string;
  lines: number;
  suppressed: number;
}

/**
 * Decides which failures of a store are worth a line. The first is one at once, and so is another
 * kind of failure that takes its place; after that one line every 30 seconds tells how many were
 * left out.
 */
export class FailureBudget {
  readonly #clock: Clock;
  readonly #reported = new Map<string, Reported>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many lines were left out before this one, or null when this one is to be left out too. */
  take(key: string, kind: string): number | null {
    const nowMs = this.#clock.nowMs();
    const last = this.#reported.get(key);
    if (last === undefined || nowMs - last.sinceMs >= FAILURE_EVERY_MS) {
      this.#reported.set(key, { sinceMs: nowMs, kind, lines: 1, suppressed: 0 });
      return last?.suppressed ?? 0;
    }
    if (kind === last.kind || last.lines >= FAILURE_LINES) {
      last.suppressed += 1;
      return null;
    }
    const { suppressed } = last;
    Object.assign(last, { kind, lines: last.lines + 1, suppressed: 0 });
    return suppressed;
  }
}
