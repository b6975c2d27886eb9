import type { Clock } from '../core/clock.js';

const EVERY_MS = 30_000;

/** Lines about one limiter in that time: what happened, and what it turned into. */
const LINES = 2;

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
    if (last === undefined || nowMs - last.sinceMs >= EVERY_MS) {
      this.#reported.set(key, { sinceMs: nowMs, kind, lines: 1, suppressed: 0 });
      return last?.suppressed ?? 0;
    }
    if (kind === last.kind || last.lines >= LINES) {
      last.suppressed += 1;
      return null;
    }
    const { suppressed } = last;
    Object.assign(last, { kind, lines: last.lines + 1, suppressed: 0 });
    return suppressed;
  }
}
