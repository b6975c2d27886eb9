/** Warnings about how an application is set up, each logged once: requests would repeat them. */
export class Advice {
  readonly #warn: (message: string) => void;
  readonly #given = new Set<string>();

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Warns unless this has been said about the same subject. Subjects must be few: they are kept. */
  once(subject: string, message: () => string): void {
    if (this.#given.has(subject)) return;
    this.#given.add(subject);
    this.#warn(message());
  }
}
