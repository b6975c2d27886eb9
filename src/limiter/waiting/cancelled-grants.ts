import { newestFirst } from '../../core/grants.js';
import type { Grant } from '../../core/store.js';

/**
 * Releases the grants of cancelled calls.
 *
 * The grants of calls that are cancelled together (by one signal, or by a shutdown) are released
 * together, once the last reply has arrived, and the latest reservation first: an older reservation
 * cannot be released while later ones exist.
 */
export class CancelledGrants {
  readonly #release: (grants: readonly Grant[]) => Promise<void>;
  #grants: Grant[] = [];
  #unanswered = 0;

  constructor(release: (grants: readonly Grant[]) => Promise<void>) {
    this.#release = release;
  }

  /** A call was cancelled before its reply. `answered` follows. */
  abandoned(): void {
    this.#unanswered += 1;
  }

  /** The reply to a cancelled call has arrived, with its grant if it was allowed. */
  async answered(grant: Grant | null): Promise<void> {
    this.#unanswered -= 1;
    if (grant !== null) this.#grants.push(grant);
    await this.#releaseTogether();
  }

  /** Releases the grant of a call that was cancelled after its reply. */
  async add(grant: Grant): Promise<void> {
    this.#grants.push(grant);
    await this.#releaseTogether();
  }

  async #releaseTogether(): Promise<void> {
    await Promise.resolve();
    if (this.#unanswered > 0 || this.#grants.length === 0) return;
    const grants = newestFirst(this.#grants);
    this.#grants = [];
    await this.#release(grants);
  }
}
