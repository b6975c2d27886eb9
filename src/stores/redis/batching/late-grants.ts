import { grantsOf, newestFirst } from '../../../core/grants.js';
import type { Grant, Verdict } from '../../../core/store.js';
import type { DecideCall } from './pending-decision.js';

/** Hands grants back; settles when that is done or failed. */
type HandBack = (grants: readonly Grant[]) => Promise<boolean>;

/**
 * What the store granted to callers who had another answer already, on its way back.
 *
 * What comes together goes back together, the newest first.
 */
export class LateGrants {
  readonly #handBack: HandBack;
  #grants: Grant[] = [];
  #listeners: (() => void)[] = [];

  constructor(handBack: HandBack) {
    this.#handBack = handBack;
  }

  add({ batch, mode, onReturned }: DecideCall, verdicts: readonly Verdict[]): void {
    const grants = grantsOf(batch, verdicts, mode);
    if (grants.length === 0) return;
    if (this.#grants.length === 0) queueMicrotask(() => void this.#return());
    this.#grants.push(...grants);
    if (onReturned !== undefined) this.#listeners.push(onReturned);
  }

  async #return(): Promise<void> {
    const [grants, listeners] = [this.#grants, this.#listeners];
    this.#grants = [];
    this.#listeners = [];
    if (await this.#handBack(newestFirst(grants))) for (const listener of listeners) listener();
  }
}
