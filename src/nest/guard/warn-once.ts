/** Warnings about how an application is set up, each logged once: every request would repeat them. */
export class WarnOnce {
  readonly #warn: (message: string) => void;
  readonly #subjects = new Set<string>();

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Warns unless it did so about the same subject. Subjects are kept, so they must be few. */
  about(subject: string, message: () => string): void {
    if (this.#subjects.has(subject)) return;
    this.#subjects.add(subject);
    this.#warn(message());
  }
}
