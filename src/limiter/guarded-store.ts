import { isStoreUnavailableError, StoreUnavailableError } from '../core/errors.js';
import { isPromise, type MaybePromise } from '../core/maybe-promise.js';
import type {
  BatchMode,
  GrantReturn,
  LeaseRef,
  StateRef,
  Store,
  StoreDescription,
  StoreRequest,
  Verdict,
} from '../core/store.js';
import type { Deadlines } from '../resilience/deadlines.js';

/** What a store said, or why it said nothing. */
export type StoreAnswer = readonly Verdict[] | StoreUnavailableError;

/**
 * Whether a store has answered already, and with verdicts. Asking for an array is several times as
 * fast as asking for a promise, and this is asked for every decision.
 */
export function isVerdicts(said: MaybePromise<StoreAnswer>): said is readonly Verdict[] {
  return Array.isArray(said);
}

/** A store behind its deadline: it always answers, in time, with verdicts or with a failure. */
export class GuardedStore {
  readonly #store: Store;
  readonly #deadlines: Deadlines;
  readonly #decisionTimeoutMs: number;

  constructor(store: Store, deadlines: Deadlines, decisionTimeoutMs: number) {
    this.#store = store;
    this.#deadlines = deadlines;
    this.#decisionTimeoutMs = decisionTimeoutMs;
  }

  get id(): string {
    return this.#store.id;
  }

  /** Decides within the smaller of the two timeouts: the caller's and the store's. */
  decide(
    batch: readonly StoreRequest[],
    mode: BatchMode,
    timeoutMs: number | null,
  ): MaybePromise<StoreAnswer> {
    const boundMs =
      timeoutMs === null ? this.#decisionTimeoutMs : Math.min(timeoutMs, this.#decisionTimeoutMs);
    try {
      const answer = this.#store.decide(batch, mode, boundMs);
      return isVerdicts(answer) ? answer : this.#inTime(answer, boundMs);
    } catch (error) {
      return this.#failure(error);
    }
  }

  /** Returns units, bookings and slots. Fails with `StoreUnavailableError`. */
  giveBack(returns: readonly GrantReturn[]): MaybePromise<void> {
    return this.#bounded(() => this.#store.giveBack(returns));
  }

  /** Prolongs leases; false for one that has ended. Fails with `StoreUnavailableError`. */
  renew(leases: readonly LeaseRef[]): MaybePromise<readonly boolean[]> {
    return this.#bounded(() => this.#store.renew(leases));
  }

  /** Forgets an identifier. Fails with `StoreUnavailableError`. */
  reset(state: StateRef): MaybePromise<void> {
    return this.#bounded(() => this.#store.reset(state));
  }

  async check(): Promise<void> {
    await this.#store.check();
  }

  describe(): StoreDescription {
    return this.#store.describe();
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  #inTime(answer: Promise<readonly Verdict[]>, timeoutMs: number): Promise<StoreAnswer> {
    const settled = answer.catch((error: unknown) => this.#failure(error));
    return this.#deadlines.bound<StoreAnswer>(settled, timeoutMs, () => this.#late());
  }

  /** Stays synchronous where the store is: a slot that is given back must be there at once. */
  #bounded<T>(call: () => MaybePromise<T>): MaybePromise<T> {
    let answer: MaybePromise<T>;
    try {
      answer = call();
    } catch (error) {
      throw this.#failure(error);
    }
    if (!isPromise(answer)) return answer;
    const settled = answer.catch((error: unknown) => Promise.reject(this.#failure(error)));
    return this.#deadlines.bound(settled, this.#decisionTimeoutMs, () =>
      Promise.reject(this.#late()),
    );
  }

  #late(): StoreUnavailableError {
    return new StoreUnavailableError({ store: this.id, kind: 'timeout' });
  }

  #failure(error: unknown): StoreUnavailableError {
    if (isStoreUnavailableError(error)) return error;
    const code = error instanceof Error ? error.name : null;
    return new StoreUnavailableError({ store: this.id, kind: 'unknown', code });
  }
}
