import { inspect } from 'node:util';

const MASK = '[secret]';

/**
 * A text that must not show up in logs: printing, inspecting or serialising it gives a mask.
 *
 * Only `reveal` gives the text, so that every place that needs it can be found by that name.
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

  [inspect.custom](): string {
    return MASK;
  }
}
