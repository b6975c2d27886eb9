import type { Clock } from '../core/clock.js';
import type { DecisionObserver, DegradedEvent, OverflowEvent } from '../core/events.js';

/** Where lines go; Nest's `Logger` is one. */
export interface LogSink {
  warn(line: unknown): void;
  error(line: unknown): void;
}

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
 * Logs what an operator must see without any setting: limiters that answer by their failure mode,
 * and a memory store without room. The first is a line at once, and so is another kind of failure that
 * takes its place; after that one line every 30 seconds tells how many were left out.
 */
export class FailureLog implements DecisionObserver {
  readonly #sink: LogSink;
  readonly #clock: Clock;
  readonly #reported = new Map<string, Reported>();

  constructor(sink: LogSink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
  }

  onDegraded({ storeId, limiterIds, modes, kind, code }: DegradedEvent): void {
    limiterIds.forEach((limiterId, index) => {
      const suppressed = this.#due(`${storeId}/${limiterId}`, kind);
      if (suppressed === null) return;
      this.#sink.error({
        event: 'rate_limit_error',
        limiter_id: limiterId,
        store_id: storeId,
        kind,
        code,
        mode: modes[index],
        suppressed,
      });
    });
  }

  onOverflow({ storeId, limiterId, maxKeys }: OverflowEvent): void {
    this.#sink.warn({
      event: 'rate_limit_overflow',
      limiter_id: limiterId,
      store_id: storeId,
      message:
        `all ${String(maxKeys)} identifiers of store "${storeId}" are at their limit: newcomers ` +
        'share one bucket. Raise max_keys, or find out who sends so many.',
    });
  }

  /** How many lines were left out before this one, or null when this one is to be left out too. */
  #due(key: string, kind: string): number | null {
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
