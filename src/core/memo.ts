/** The most results that are cached. */
const MAX_ENTRIES = 4_096;
/** Results for longer texts are not cached. */
const MAX_TEXT_LENGTH = 128;

/**
 * Caches the results of a pure function of a text, so that frequent values are not hashed or parsed
 * again for every request. Bounded: a full cache is cleared, and results for long texts are not cached.
 */
export class Memo {
  readonly #compute: (text: string) => string;
  #results = new Map<string, string>();

  /** `compute` must return the same result for the same text. */
  constructor(compute: (text: string) => string) {
    this.#compute = compute;
  }

  /** The result for a text, computed unless it is cached. */
  get(text: string): string {
    const cached = this.#results.get(text);
    if (cached !== undefined) return cached;
    const result = this.#compute(text);
    if (this.#results.size >= MAX_ENTRIES) this.#results = new Map();
    if (text.length <= MAX_TEXT_LENGTH) this.#results.set(text, result);
    return result;
  }
}
