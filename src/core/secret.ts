const MASK = '[secret]';

/** The method that Node.js calls to inspect or log an object. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * A string that must not appear in logs: printed, inspected or serialised, it is masked.
 *
 * Only `reveal` returns the string, so every use can be found by that name.
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
