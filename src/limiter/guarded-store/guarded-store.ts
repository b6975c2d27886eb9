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
import type { GuardedStoreOptions, StoreTimeouts } from './guarded-store-options.js';
import { isVerdicts, checkedReply, type StoreReply } from './store-reply.js';
import { releaseOrRetry, type PendingReleases } from './pending-releases.js';

export { isVerdicts, type StoreReply } from './store-reply.js';
export type { StoreTimeouts } from './guarded-store-options.js';

/** A call of `decide`, kept for a late reply. */
interface DecideCall {
  readonly batch: readonly StoreRequest[];
  readonly mode: BatchMode;
  readonly onReleased: (() => void) | undefined;
}

const ALWAYS_UP: StoreStatus = { isUp: true, circuit: 'closed', nodes: [] };

/** Wraps a store so that `decide` always settles in time, with verdicts or with a failure. */
export class GuardedStore {
  readonly #store: Store;
  readonly #deadlines: Deadlines;
  readonly #timeouts: StoreTimeouts;
  readonly #denyCache: DenyCache | null;
  readonly #clock: Clock;
  readonly #releases: PendingReleases | undefined;

  constructor(
    store: Store,
    { deadlines, timeouts, denyCache, clock, releases }: GuardedStoreOptions,
  ) {
    this.#store = store;
    this.#deadlines = deadlines;
    this.#timeouts = timeouts;
    this.#denyCache = denyCache;
    this.#clock = clock;
    this.#releases = releases;
  }

  get id(): string {
    return this.#store.id;
  }

  /**
   * Decides within the smaller of two timeouts: the caller's and the store's. Grants of a late reply are
   * released; then `onReleased` is called.
   */
  decide(
    batch: readonly StoreRequest[],
    mode: BatchMode,
    timeoutMs: number | null,
    onReleased?: () => void,
  ): MaybePromise<StoreReply> {
    const { decisionMs } = this.#timeouts;
    const boundMs = timeoutMs === null ? decisionMs : Math.min(timeoutMs, decisionMs);
    const known = this.#denyCache?.find(batch, mode);
    if (known != null) return known;
    const call = { batch, mode, onReleased };
    try {
      const answer = this.#store.decide(batch, mode, boundMs, onReleased);
      if (isVerdicts(answer)) return checkedReply(answer, batch, this);
      if (this.#store.keepsDeadlines === true) return this.#settled(answer, call);
      return this.#inTime(answer, call, boundMs);
    } catch (error) {
      return this.#failure(error);
    }
  }

  /**
   * Releases units, reservations and slots. Fails with `StoreUnavailableError`: units are lost then, and
   * slots are released later; `onReleased` is called for each.
   */
  release(grants: readonly Grant[], onReleased?: (grant: Grant) => void): MaybePromise<void> {
    const released = releaseOrRetry(this, this.#releases, grants, onReleased);
    return whenReady(released, () =>
      this.#denyCache?.forget(grants.filter(({ cost }) => cost > 0)),
    );
  }

  /** Like `release`, without a retry. */
  releaseOnce(grants: readonly Grant[]): MaybePromise<void> {
    return this.#bounded(() => this.#store.release(grants), this.#timeouts.decisionMs);
  }

  /** Releases the slots of grants later: their release, or the reply that granted them, was lost. */
  releaseLater(grants: readonly Grant[], onReleased?: (grant: Grant) => void): void {
    this.#releases?.add(this, grants, onReleased);
  }

  /** Renews leases; false for one that has ended. Fails with `StoreUnavailableError`. */
  renew(leases: readonly LeaseRef[]): MaybePromise<readonly boolean[]> {
    return this.#bounded(() => this.#store.renew(leases), this.#timeouts.decisionMs);
  }

  /** Whether the store has a queue for slots, shared by all processes. */
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

  /** Gives up places. Fails with `StoreUnavailableError`. */
  leavePlaces(places: PlacesRef): MaybePromise<void> {
    return this.#bounded(() => this.#store.leavePlaces?.(places), this.#timeouts.decisionMs);
  }

  /** Deletes the state of an identifier. Fails with `StoreUnavailableError`. */
  reset(state: StateRef): MaybePromise<void> {
    const reset = this.#bounded(() => this.#store.reset(state), this.#timeouts.decisionMs);
    return whenReady(reset, () => this.#denyCache?.forget([state]));
  }

  /** Connects and probes that the store works. Fails with `StoreUnavailableError`. */
  check(): MaybePromise<void> {
    return this.#bounded(() => this.#store.check(), this.#timeouts.startMs);
  }

  /** Like `check`, within a timeout of the caller's. */
  probe(timeoutMs: number): MaybePromise<void> {
    return this.#bounded(() => this.#store.check(), timeoutMs);
  }

  describe(): StoreDescription {
    return this.#store.describe();
  }

  /** The status as this process knows it; sends no request. */
  status(): StoreStatus {
    return this.#store.status?.() ?? ALWAYS_UP;
  }

  /** The usage; null for a store that is not bounded in this process. */
  usage(): StoreUsage | null {
    return this.#store.usage?.() ?? null;
  }

  /** Closes the store after a last attempt at all pending releases. */
  async close(): Promise<void> {
    await this.#releases?.close();
    await this.#store.close();
  }

  /** The reply of a store that keeps its deadlines. */
  #settled(answer: Promise<readonly Verdict[]>, call: DecideCall): Promise<StoreReply> {
    const denyCache = this.#denyCache;
    const when = denyCache === null ? null : { mark: denyCache.mark, atMs: this.#clock.nowMs() };
    return answer.then(
      (verdicts) => {
        const reply = checkedReply(verdicts, call.batch, this);
        if (when !== null && isVerdicts(reply)) denyCache?.note(call, reply, when);
        return reply;
      },
      (error: unknown) => {
        const failure = this.#failure(error);
        if (failure.kind !== 'overload') return failure;
        return denyCache?.findCertain(call.batch, call.mode) ?? failure;
      },
    );
  }

  /** The reply, or a failure at the timeout; grants of a late reply are released. */
  #inTime(
    answer: Promise<readonly Verdict[]>,
    call: DecideCall,
    boundMs: number,
  ): Promise<StoreReply> {
    let isLate = false;
    const settled = answer.then(
      (verdicts) => {
        const reply = checkedReply(verdicts, call.batch, this);
        if (isLate && isVerdicts(reply)) void this.#releaseLate(call, reply);
        return reply;
      },
      (error: unknown) => this.#failure(error),
    );
    return this.#deadlines.bound<StoreReply>(settled, boundMs, () => {
      isLate = true;
      return this.#late();
    });
  }

  async #releaseLate(
    { batch, mode, onReleased }: DecideCall,
    verdicts: readonly Verdict[],
  ): Promise<void> {
    const grants = grantsOf(batch, verdicts, mode);
    try {
      await this.#store.release(grants);
      onReleased?.();
    } catch {
      this.releaseLater(grants, onReleased);
    }
  }

  /** Synchronous where the store is: a released slot must be free at once. */
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
