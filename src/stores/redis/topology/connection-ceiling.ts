/** How many servers a store may be connected to at once. */
export class ConnectionCeiling {
  readonly #most: number;
  #needed = 0;

  /** `most` null: as many as there are. */
  constructor(most: number | null) {
    this.#most = most ?? Number.POSITIVE_INFINITY;
  }

  /** What was needed, when that is more than there may be; else null. */
  get missing(): string | null {
    return this.holds(this.#needed) ? null : `${String(this.#needed)} primaries`;
  }

  /** Whether there may be so many. */
  holds(count: number): boolean {
    return count <= this.#most;
  }

  /** Those of the servers that are needed which may be connected to, known ones before others. */
  admit(needed: ReadonlySet<string>, isKnown: (address: string) => boolean): ReadonlySet<string> {
    this.#needed = needed.size;
    if (needed.size <= this.#most) return needed;
    const known = [...needed].filter(isKnown);
    return new Set([...new Set([...known, ...needed])].slice(0, this.#most));
  }
}
