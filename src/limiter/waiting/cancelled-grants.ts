import { newestFirst } from '../../core/grants.js';
import type { Grant } from '../../core/store.js';

/**
 * What was granted to callers that gave up, on its way back to the store.
 *
 * Those who give up together (by one signal, or by a shutdown) have it returned together, when the
 * last of their answers is there, and the last reserved first: an older reservation cannot go back while
 * later ones are promised.
 */
export class CancelledGrants {
  readonly #release: (grants: readonly Grant[]) => Promise<void>;
  #grants: Grant[] = [];
  #unanswered = 0;

  constructor(release: (grants: readonly Grant[]) => Promise<void>) {
    this.#release = release;
  }

  /** A caller gave up before its answer. `answered` follows. */
  abandoned(): void {
    this.#unanswered += 1;
  }

  /** The answer of a caller that had given up, and what it granted. */
  async answered(grant: Grant | null): Promise<void> {
    this.#unanswered -= 1;
    if (grant !== null) this.#grants.push(grant);
    await this.#return();
  }

  /** A caller gives up what it was granted. */
  async add(grant: Grant): Promise<void> {
    this.#grants.push(grant);
    await this.#return();
  }

  async #return(): Promise<void> {
    await Promise.resolve();
    if (this.#unanswered > 0 || this.#grants.length === 0) return;
    const together = newestFirst(this.#grants);
    this.#grants = [];
    await this.#release(together);
  }
}
