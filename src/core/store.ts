import type { MaybePromise } from './maybe-promise.js';
import type { LimiterPolicy } from './policy.js';
import type { StoreStatus, StoreUsage } from './store-status.js';

/** A request to a store, for one limiter and one identifier. */
export interface StoreRequest {
  readonly limiterId: string;
  readonly identifier: string;
  /** Sent with every request and never stored: changed limits apply to existing counts. */
  readonly policy: LimiterPolicy;
  /** Whole units to take. 0 is a peek, which takes nothing. */
  readonly cost: number;
  /** How far ahead a moment may be reserved, in milliseconds; 0 means now or not at all. */
  readonly maxWaitMs: number;
  /**
   * Takes one concurrency slot for this lease; null takes none. The part before the first colon is the
   * owner of its place in the queue, if it has one.
   */
  readonly leaseId: string | null;
  /**
   * The most requests that may wait for a slot of this identifier. A request that is decided alone, and
   * is denied for lack of a slot only, gets a place in the queue under its lease. 0 (default): does
   * not wait.
   */
  readonly mostPlaces?: number;
  /** The `reservation` of the first denial of a request that waits: restores a place that was lost. */
  readonly waitsSince?: number;
}

/** The decision of a store about one request. All times are whole milliseconds from now. */
export interface Verdict {
  readonly allowed: boolean;
  /**
   * The cause of a denial: units; slots (also those promised to requests that wait); a full queue for
   * slots; null when allowed.
   */
  readonly denial: 'rate' | 'slot' | 'queue' | null;
  readonly limit: number;
  /** Whole units left, after this request if it was allowed and committed. */
  readonly remaining: number;
  /** Until the same request would pass; 0 when allowed, `Infinity` when it never can. */
  readonly retryAfterMs: number;
  /** Until the identifier is untouched again. */
  readonly resetAfterMs: number;
  /** Until at least one unit more than `remaining` is available; 0 for an untouched identifier. */
  readonly moreAfterMs: number;
  /** Until the reserved moment; 0 when the units are taken now. */
  readonly waitMs: number;
  /**
   * The store's name for the reservation, for `release`. For a request that waits for a slot: the moment
   * of its arrival.
   */
  readonly reservation: number;
}

/**
 * How the requests of a batch depend on each other.
 * - `all`: every request passes and is taken, or nothing is.
 * - `any`: the first request that passes is taken, nothing else.
 */
export type BatchMode = 'all' | 'any';

/** What an allowed request took: units, a reservation or a slot. `release` returns it. */
export interface Grant {
  readonly limiterId: string;
  readonly identifier: string;
  readonly policy: LimiterPolicy;
  readonly cost: number;
  /** `Verdict.reservation` of the grant; null when the units belong to no specific grant (a refund). */
  readonly reservation: number | null;
  readonly leaseId: string | null;
}

/** Refers to the state of one identifier under one limiter. */
export interface StateRef {
  readonly limiterId: string;
  readonly identifier: string;
}

/** Refers to a held slot. */
export interface LeaseRef extends StateRef {
  readonly leaseId: string;
  readonly leaseMs: number;
}

/** Refers to places in the queue for slots of one identifier. */
export interface PlacesRef extends StateRef {
  /** The prefix of the lease ids, up to the first colon. */
  readonly owner: string;
  /** At most 64. */
  readonly leaseIds: readonly string[];
}

/** Places, and since when their requests wait; a lost place is restored to its position. */
export interface WaitingPlaces extends PlacesRef {
  /** In the order of the lease ids. */
  readonly since: readonly number[];
}

/** The result of renewing places. */
export interface PlacesKept {
  /** How many of them, from the first, are in the queue; the queue was full for the rest. */
  readonly kept: number;
  /** The first place of the whole queue if it has the same owner; it may be an abandoned one. */
  readonly first: string | null;
}

/** The description of a store for operators. Contains no secrets. */
export interface StoreDescription {
  readonly id: string;
  readonly strategy: string;
  readonly topology: string | null;
  /** Address without credentials; null for process memory. */
  readonly address: string | null;
}

/**
 * Holds the state of limiters; its clock is the one that decides.
 *
 * A store decides a batch of requests atomically: no other request comes between the evaluation and
 * the commit. It may return synchronously. It rejects with a `StoreUnavailableError` when it cannot
 * decide, and never for a denial.
 *
 * No two requests of a batch have the same limiter and identifier: callers add their costs up first.
 */
export interface Store {
  readonly id: string;
  /**
   * True for a store that settles every decision within its timeout itself, and releases what it
   * granted later. For other stores the caller does both.
   */
  readonly keepsDeadlines?: boolean;
  /**
   * Decides a batch. A reply later than `timeoutMs` milliseconds is ignored. A store that keeps
   * deadlines calls `onReleased` after it has released the grants of a late reply.
   */
  decide(
    batch: readonly StoreRequest[],
    mode: BatchMode,
    timeoutMs: number,
    onReleased?: () => void,
  ): MaybePromise<readonly Verdict[]>;
  /** Returns units and reservations, and frees slots. Releasing a slot twice is harmless. */
  release(grants: readonly Grant[]): MaybePromise<void>;
  /** Renews leases; false for one that has ended. */
  renew(leases: readonly LeaseRef[]): MaybePromise<readonly boolean[]>;
  /**
   * Takes and renews places in the queue for slots. All places of their owner are renewed with them,
   * for 50 ms. A store without this method has no queue: callers wait in their process only, and the
   * first request to arrive takes a free slot.
   */
  keepPlaces?(places: WaitingPlaces, mostPlaces: number): MaybePromise<PlacesKept>;
  /** Gives up places in the queue. */
  leavePlaces?(places: PlacesRef): MaybePromise<void>;
  /** Deletes all state of one identifier under one limiter, including slots and their queue. */
  reset(state: StateRef): MaybePromise<void>;
  /** Connects, if there is a server, and probes that the store works. */
  check(): MaybePromise<void>;
  describe(): StoreDescription;
  /** The status as this process knows it. A store without this method is always up. */
  status?(): StoreStatus;
  /** The usage of a store that is bounded in this process. */
  usage?(): StoreUsage;
  /** Closes what the store opened. */
  close(): MaybePromise<void>;
}
