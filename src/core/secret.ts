const MASK = '[secret]';

/** What Node.js calls to inspect or log an object. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * A text that must not appear in logs: printed, inspected or serialised it is a mask.
 *
 * Only `reveal` returns the text, so that every use of it can be found by that name.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [INSPECT](): string {
    return MASK;
  }
}
