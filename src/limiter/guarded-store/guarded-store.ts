import type { Clock } from '../../core/clock.js';
import { isStoreUnavailableError, StoreUnavailableError } from '../../core/errors/index.js';
import { grantsOf } from '../../core/grants.js';
import { isPromise, whenReady, type MaybePromise } from '../../core/maybe-promise.js';
import type {
  BatchMode,
  Grant,
  LeaseRef,
  PlacesKept,
  PlacesRef,
  StateRef,
  Store,
  StoreDescription,
  StoreRequest,
  Verdict,
  WaitingPlaces,
} from '../../core/store.js';
import type { StoreStatus, StoreUsage } from '../../core/store-status.js';
import type { Deadlines } from '../../resilience/deadlines.js';
import type { DenyCache } from './deny-cache.js';
import type { Guards, StoreTimeouts } from './guards.js';
import { isVerdicts, understood, type StoreAnswer } from './store-answer.js';
import { releaseOrRetry, type PendingReleases } from './pending-releases.js';

export { isVerdicts, type StoreAnswer } from './store-answer.js';
export type { StoreTimeouts } from './guards.js';

/** What was asked, for an answer that comes too late. */
interface DecideCall {
  readonly batch: readonly StoreRequest[];
  readonly mode: BatchMode;
  readonly onReturned: (() => void) | undefined;
}

const ALWAYS_THERE: StoreStatus = { isUp: true, circuit: 'closed', nodes: [] };

/** A store behind its guards: it always answers, in time, with verdicts or with a failure. */
export class GuardedStore {
  readonly #store: Store;
  readonly #deadlines: Deadlines;
  readonly #timeouts: StoreTimeouts;
  readonly #denied: DenyCache | null;
  readonly #clock: Clock;
  readonly #releases: PendingReleases | undefined;

  constructor(store: Store, { deadlines, timeouts, denied, clock, releases }: Guards) {
    this.#store = store;
    this.#deadlines = deadlines;
    this.#timeouts = timeouts;
    this.#denied = denied;
    this.#clock = clock;
    this.#releases = releases;
  }

  get id(): string {
    return this.#store.id;
  }

  /**
   * Decides within the smaller of the two timeouts: the caller's and the store's. What the store
   * takes after that goes back, and then `onReturned` is told.
   */
  decide(
    batch: readonly StoreRequest[],
    mode: BatchMode,
    timeoutMs: number | null,
    onReturned?: () => void,
  ): MaybePromise<StoreAnswer> {
    const { decisionMs } = this.#timeouts;
    const boundMs = timeoutMs === null ? decisionMs : Math.min(timeoutMs, decisionMs);
    const known = this.#denied?.find(batch, mode);
    if (known != null) return known;
    const asked = { batch, mode, onReturned };
    try {
      const answer = this.#store.decide(batch, mode, boundMs, onReturned);
      if (isVerdicts(answer)) return understood(answer, batch, this);
      if (this.#store.keepsDeadlines === true) return this.#settled(answer, asked);
      return this.#inTime(answer, asked, boundMs);
    } catch (error) {
      return this.#failure(error);
    }
  }

  /**
   * Returns units, reservations and slots. Fails with `StoreUnavailableError`; then units are lost, and
   * slots are released later: `onReleased` hears of each.
   */
  release(returns: readonly Grant[], onReleased?: (grant: Grant) => void): MaybePromise<void> {
    const returned = releaseOrRetry(this, this.#releases, returns, onReleased);
    return whenReady(returned, () => this.#denied?.forget(returns.filter(({ cost }) => cost > 0)));
  }

  /** The same without another attempt. */
  releaseOnce(returns: readonly Grant[]): MaybePromise<void> {
    return this.#bounded(() => this.#store.release(returns), this.#timeouts.decisionMs);
  }

  /** Releases the slots of grants whose way back, or whose answer, was lost. */
  releaseLater(grants: readonly Grant[], onReleased?: (grant: Grant) => void): void {
    this.#releases?.add(this, grants, onReleased);
  }

  /** Prolongs leases; false for one that has ended. Fails with `StoreUnavailableError`. */
  renew(leases: readonly LeaseRef[]): MaybePromise<readonly boolean[]> {
    return this.#bounded(() => this.#store.renew(leases), this.#timeouts.decisionMs);
  }

  /** Whether callers can wait for slots in the store, with those of other processes. */
  get hasQueue(): boolean {
    return this.#store.keepPlaces !== undefined && this.#store.leavePlaces !== undefined;
  }

  /** Takes and renews places in the queue for slots. Fails with `StoreUnavailableError`. */
  keepPlaces(places: WaitingPlaces, mostPlaces: number): MaybePromise<PlacesKept> {
    const none: PlacesKept = { kept: 0, first: null };
    const keep = (): MaybePromise<PlacesKept> =>
      this.#store.keepPlaces?.(places, mostPlaces) ?? none;
    return this.#bounded(keep, this.#timeouts.decisionMs);
  }

  /** Gives places up. Fails with `StoreUnavailableError`. */
  leavePlaces(places: PlacesRef): MaybePromise<void> {
    return this.#bounded(() => this.#store.leavePlaces?.(places), this.#timeouts.decisionMs);
  }

  /** Forgets an identifier. Fails with `StoreUnavailableError`. */
  reset(state: StateRef): MaybePromise<void> {
    const reset = this.#bounded(() => this.#store.reset(state), this.#timeouts.decisionMs);
    return whenReady(reset, () => this.#denied?.forget([state]));
  }

  /** Connects and proves that the store answers. Fails with `StoreUnavailableError`. */
  check(): MaybePromise<void> {
    return this.#bounded(() => this.#store.check(), this.#timeouts.startMs);
  }

  /** The same, within a bound of the caller's. */
  probe(timeoutMs: number): MaybePromise<void> {
    return this.#bounded(() => this.#store.check(), timeoutMs);
  }

  describe(): StoreDescription {
    return this.#store.describe();
  }

  /** How the store is, without asking it. */
  status(): StoreStatus {
    return this.#store.status?.() ?? ALWAYS_THERE;
  }

  /** How full the store is; null when it is not bounded in this process. */
  usage(): StoreUsage | null {
    return this.#store.usage?.() ?? null;
  }

  /** Closes what was opened, after a last attempt to release what is still to be released. */
  async close(): Promise<void> {
    await this.#releases?.close();
    await this.#store.close();
  }

  /** The answer of a store that keeps its deadlines. */
  #settled(answer: Promise<readonly Verdict[]>, asked: DecideCall): Promise<StoreAnswer> {
    const denied = this.#denied;
    const when = denied === null ? null : { mark: denied.mark, atMs: this.#clock.nowMs() };
    return answer.then(
      (verdicts) => {
        const said = understood(verdicts, asked.batch, this);
        if (when !== null && isVerdicts(said)) denied?.note(asked, said, when);
        return said;
      },
      (error: unknown) => {
        const failure = this.#failure(error);
        if (failure.kind !== 'overload') return failure;
        return denied?.findCertain(asked.batch, asked.mode) ?? failure;
      },
    );
  }

  /** The failure mode answers when the time is up; what the store grants after that goes back. */
  #inTime(
    answer: Promise<readonly Verdict[]>,
    asked: DecideCall,
    boundMs: number,
  ): Promise<StoreAnswer> {
    let isLate = false;
    const settled = answer.then(
      (verdicts) => {
        const said = understood(verdicts, asked.batch, this);
        if (isLate && isVerdicts(said)) void this.#releaseLate(asked, said);
        return said;
      },
      (error: unknown) => this.#failure(error),
    );
    return this.#deadlines.bound<StoreAnswer>(settled, boundMs, () => {
      isLate = true;
      return this.#late();
    });
  }

  async #releaseLate(
    { batch, mode, onReturned }: DecideCall,
    verdicts: readonly Verdict[],
  ): Promise<void> {
    const grants = grantsOf(batch, verdicts, mode);
    try {
      await this.#store.release(grants);
      onReturned?.();
    } catch {
      this.releaseLater(grants, onReturned);
    }
  }

  /** Stays synchronous where the store is: a slot that is given back must be there at once. */
  #bounded<T>(call: () => MaybePromise<T>, timeoutMs: number): MaybePromise<T> {
    let answer: MaybePromise<T>;
    try {
      answer = call();
    } catch (error) {
      throw this.#failure(error);
    }
    if (!isPromise(answer)) return answer;
    const settled = answer.catch((error: unknown) => Promise.reject(this.#failure(error)));
    return this.#deadlines.bound(settled, timeoutMs, () => Promise.reject(this.#late()));
  }

  #late(): StoreUnavailableError {
    const { address } = this.#store.describe();
    return new StoreUnavailableError({ storeId: this.id, kind: 'timeout', address });
  }

  #failure(error: unknown): StoreUnavailableError {
    if (isStoreUnavailableError(error)) return error;
    const code = error instanceof Error ? error.name : null;
    return new StoreUnavailableError({ storeId: this.id, kind: 'unknown', failureCode: code });
  }
}
