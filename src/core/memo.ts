/** How many results are kept, and how long a text may be whose result is worth it. */
const MOST = 4_096;
const LONGEST = 128;

/**
 * Remembers what was worked out of a text, so that a busy caller is not hashed or parsed anew for
 * every request. Bounded: when it is full it forgets everything, and long texts are never kept.
 */
export class Memo {
  readonly #work: (text: string) => string;
  #known = new Map<string, string>();

  /** `work` must give the same for the same text. */
  constructor(work: (text: string) => string) {
    this.#work = work;
  }

  get(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const result = this.#work(text);
    if (this.#known.size >= MOST) this.#known = new Map();
    if (text.length <= LONGEST) this.#known.set(text, result);
    return result;
  }
}
