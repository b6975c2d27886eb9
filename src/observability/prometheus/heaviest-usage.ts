import type { Decision } from '../../core/decision.js';

/** How much of their limit callers have used, in percent. */
interface Usage {
  highest: number;
  /** The heaviest callers, by their hash. */
  readonly callers: Map<string, number>;
}

/** One reading. */
export interface UsageReading {
  readonly limiterId: string;
  /** Null: the heaviest of all callers. */
  readonly identifier: string | null;
  readonly percent: number;
}

/**
 * The highest usage of each limiter since it was last read, and that of the heaviest callers when they
 * are asked for. Bounded: one entry for a limiter, and `callers` more.
 */
export class HeaviestUsage {
  readonly #callers: number;
  readonly #limiters = new Map<string, Usage>();

  constructor(callers: number) {
    this.#callers = callers;
  }

  note(decision: Decision, identifier: () => string): void {
    const { limiterId, limit, remaining } = decision;
    const percent = limit > 0 ? ((limit - remaining) / limit) * 100 : 100;
    let usage = this.#limiters.get(limiterId);
    if (usage === undefined) {
      usage = { highest: 0, callers: new Map() };
      this.#limiters.set(limiterId, usage);
    }
    usage.highest = Math.max(usage.highest, percent);
    if (this.#callers > 0) this.#noteCaller(usage.callers, identifier(), percent);
  }

  /** What was noted since the last time, which is forgotten. */
  read(): readonly UsageReading[] {
    const readings: UsageReading[] = [];
    for (const [limiterId, usage] of this.#limiters) {
      readings.push({ limiterId, identifier: null, percent: usage.highest });
      for (const [identifier, percent] of usage.callers) {
        readings.push({ limiterId, identifier, percent });
      }
      usage.highest = 0;
      usage.callers.clear();
    }
    return readings;
  }

  #noteCaller(callers: Map<string, number>, identifier: string, percent: number): void {
    const known = callers.get(identifier);
    if (known === undefined && callers.size >= this.#callers) {
      const [lightest, least] = lightestOf(callers);
      if (percent <= least) return;
      callers.delete(lightest);
    }
    callers.set(identifier, Math.max(known ?? 0, percent));
  }
}

function lightestOf(callers: ReadonlyMap<string, number>): readonly [string, number] {
  let lightest: readonly [string, number] = ['', Number.POSITIVE_INFINITY];
  for (const caller of callers) if (caller[1] < lightest[1]) lightest = caller;
  return lightest;
}
