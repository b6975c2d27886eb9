import type { Decision } from '../../core/decision.js';

/** The share of a limit that identifiers have used, in percent. */
interface Usage {
  highest: number;
  /** The heaviest identifiers, hashed. */
  readonly identifiers: Map<string, number>;
}

/** One reading. */
export interface UsageReading {
  readonly limiterId: string;
  /** Null for the highest usage of all identifiers. */
  readonly identifier: string | null;
  readonly percent: number;
}

/**
 * The highest usage of each limiter since the last reading, and optionally that of its heaviest
 * identifiers. Bounded: one entry for each limiter, and at most `maxIdentifiers` more.
 */
export class HeaviestUsage {
  readonly #maxIdentifiers: number;
  readonly #limiters = new Map<string, Usage>();

  constructor(maxIdentifiers: number) {
    this.#maxIdentifiers = maxIdentifiers;
  }

  note(decision: Decision, identifier: () => string): void {
    const { limiterId, limit, remaining } = decision;
    const percent = limit > 0 ? ((limit - remaining) / limit) * 100 : 100;
    let usage = this.#limiters.get(limiterId);
    if (usage === undefined) {
      usage = { highest: 0, identifiers: new Map() };
      this.#limiters.set(limiterId, usage);
    }
    usage.highest = Math.max(usage.highest, percent);
    if (this.#maxIdentifiers > 0) this.#noteIdentifier(usage.identifiers, identifier(), percent);
  }

  /** Returns what was noted since the last reading, and clears it. */
  read(): readonly UsageReading[] {
    const readings: UsageReading[] = [];
    for (const [limiterId, usage] of this.#limiters) {
      readings.push({ limiterId, identifier: null, percent: usage.highest });
      for (const [identifier, percent] of usage.identifiers) {
        readings.push({ limiterId, identifier, percent });
      }
      usage.highest = 0;
      usage.identifiers.clear();
    }
    return readings;
  }

  #noteIdentifier(usages: Map<string, number>, identifier: string, percent: number): void {
    const known = usages.get(identifier);
    if (known === undefined && usages.size >= this.#maxIdentifiers) {
      const [lightest, least] = lightestOf(usages);
      if (percent <= least) return;
      usages.delete(lightest);
    }
    usages.set(identifier, Math.max(known ?? 0, percent));
  }
}

function lightestOf(usages: ReadonlyMap<string, number>): readonly [string, number] {
  let lightest: readonly [string, number] = ['', Number.POSITIVE_INFINITY];
  for (const usage of usages) if (usage[1] < lightest[1]) lightest = usage;
  return lightest;
}
