import type { Clock } from '../core/clock.js';

/** The lines about one key in an interval. */
export interface Budget {
  readonly lines: number;
  readonly everyMs: number;
}

/** The lines about one key in the current interval. */
interface Written {
  sinceMs: number;
  lines: number;
  suppressed: number;
}

/**
 * Bounds the log lines about a flood of events. Suppressed lines are counted, and the count goes into
 * the next line about the same key. One entry for each key: keys are limiters, never identifiers.
 */
export class LineBudget {
  readonly #budget: Budget;
  readonly #clock: Clock;
  readonly #written = new Map<string, Written>();

  constructor(budget: Budget, clock: Clock) {
    this.#budget = budget;
    this.#clock = clock;
  }

  /** The number of lines suppressed before this one; null when this one is suppressed too. */
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

/** Lines about one limiter in that time: the first failure, and a change of its kind. */
const FAILURE_LINES = 2;

/** The last failure of a limiter in the log. */
interface Reported {
  readonly sinceMs: number;
  kind: string;
  lines: number;
  suppressed: number;
}

/**
 * Bounds the log lines about failures of a store. The first failure is logged at once, and so is a
 * change of its kind; after that there is one line every 30 seconds with the number suppressed.
 */
export class FailureBudget {
  readonly #clock: Clock;
  readonly #reported = new Map<string, Reported>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The number of lines suppressed before this one; null when this one is suppressed too. */
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
