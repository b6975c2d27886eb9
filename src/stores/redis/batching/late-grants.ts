import { grantsOf, newestFirst } from '../../../core/grants.js';
import type { Grant, Verdict } from '../../../core/store.js';
import type { DecideCall } from './pending-decision.js';

/** Releases grants; resolves to whether that succeeded. */
type Release = (grants: readonly Grant[]) => Promise<boolean>;

/** Grants that came too late for their callers. Those of one turn are released together, newest first. */
export class LateGrants {
  readonly #release: Release;
  #grants: Grant[] = [];
  #listeners: (() => void)[] = [];

  constructor(release: Release) {
    this.#release = release;
  }

  add({ batch, mode, onReleased }: DecideCall, verdicts: readonly Verdict[]): void {
    const grants = grantsOf(batch, verdicts, mode);
    if (grants.length === 0) return;
    if (this.#grants.length === 0) queueMicrotask(() => void this.#releaseAll());
    this.#grants.push(...grants);
    if (onReleased !== undefined) this.#listeners.push(onReleased);
  }

  async #releaseAll(): Promise<void> {
    const [grants, listeners] = [this.#grants, this.#listeners];
    this.#grants = [];
    this.#listeners = [];
    if (await this.#release(newestFirst(grants))) for (const listener of listeners) listener();
  }
}
