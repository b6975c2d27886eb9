import { grantsOf } from '../../core/grants.js';
import type { GrantReturn, Verdict } from '../../core/store.js';
import type { Asked } from './decision-group.js';

/** Hands grants back; settles when that is done or failed. */
type HandBack = (grants: readonly GrantReturn[]) => Promise<boolean>;

/**
 * What the store granted to callers who had another answer already, on its way back.
 *
 * What comes together goes back together, the newest first: a token bucket takes its newest booking
 * back whatever happened since, and an older one only while nothing has drained.
 */
export class LateGrants {
  readonly #handBack: HandBack;
  #grants: GrantReturn[] = [];
  #listeners: (() => void)[] = [];

  constructor(handBack: HandBack) {
    this.#handBack = handBack;
  }

  add({ batch, mode, onReturned }: Asked, verdicts: readonly Verdict[]): void {
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
    grants.sort((a, b) => (b.booking ?? 0) - (a.booking ?? 0));
    if (await this.#handBack(grants)) for (const listener of listeners) listener();
  }
}
