import type { MaybePromise } from './maybe-promise.js';
import { countsUnits, type ConcurrencyLimit, type LimiterPolicy } from './policy.js';
import type { StoreStatus, StoreUsage } from './store-status.js';

/** What a store is asked for one limiter and one identifier. */
export interface StoreRequest {
  readonly limiterId: string;
  readonly identifier: string;
  /** Travels with every request and is never stored: changed limits apply to the counts that exist. */
  readonly policy: LimiterPolicy;
  /** Whole units to take. 0 looks and takes nothing. */
  readonly cost: number;
  /** How far ahead a moment may be reserved, in milliseconds; 0 means now or not at all. */
  readonly maxWaitMs: number;
  /**
   * Takes one concurrency slot for this lease; null takes none. What comes before the first colon is
   * the owner of its place in the queue, if it has one.
   */
  readonly leaseId: string | null;
  /**
   * How many requests may wait for a slot of this identifier. A request that is denied alone, and for
   * nothing but a slot, keeps a place in the queue then, under its lease. 0 (default): does not wait.
   */
  readonly mostPlaces?: number;
  /** The `reservation` of the first denial of a request that has waited since: its place is not lost. */
  readonly waitsSince?: number;
}

/**
 * The slots that a request is about; null when it is about units alone. It takes a slot, or it is a
 * look, which is at everything.
 */
export function slotLimitOf({ leaseId, cost, policy }: StoreRequest): ConcurrencyLimit | null {
  const isAboutUnits = leaseId === null && cost > 0 && countsUnits(policy);
  return isAboutUnits ? null : (policy.concurrency ?? null);
}

/** What a store answers to one request. All times are whole milliseconds from now. */
export interface Verdict {
  readonly allowed: boolean;
  /**
   * What stood in the way: units; slots (also those that are promised to requests that wait); no room
   * in the queue for slots; null when allowed.
   */
  readonly denial: 'rate' | 'slot' | 'queue' | null;
  readonly limit: number;
  /** Whole units left, after this request if it was allowed and committed. */
  readonly remaining: number;
  /** Until the same request would pass; 0 when allowed, `Infinity` when it never can. */
  readonly retryAfterMs: number;
  /** Until the identifier is untouched again. */
  readonly resetAfterMs: number;
  /** Until at least one unit more than `remaining` is there; 0 for an untouched identifier. */
  readonly moreAfterMs: number;
  /** Until the reserved moment; 0 when the units are taken now. */
  readonly waitMs: number;
  /**
   * The store's name for what was reserved, to be handed back with `release`. Of a request that waits
   * for a slot: the moment at which it came.
   */
  readonly reservation: number;
}

/**
 * How the requests of a batch belong together.
 * - `all`: every request passes and is taken, or nothing is.
 * - `any`: the first request that passes is taken, nothing else.
 */
export type BatchMode = 'all' | 'any';

/** Units, a reservation or a slot on their way back to the store. */
export interface Grant {
  readonly limiterId: string;
  readonly identifier: string;
  readonly policy: LimiterPolicy;
  readonly cost: number;
  /** `Verdict.reservation` of the grant; null when the units are not tied to one grant (a refund). */
  readonly reservation: number | null;
  readonly leaseId: string | null;
}

/** Names the state of one identifier under one limiter. */
export interface StateRef {
  readonly limiterId: string;
  readonly identifier: string;
}

/** Names a held slot. */
export interface LeaseRef extends StateRef {
  readonly leaseId: string;
  readonly leaseMs: number;
}

/** Names places in the queue for slots of one identifier. */
export interface PlacesRef extends StateRef {
  /** What the lease ids begin with, up to the first colon. */
  readonly owner: string;
  /** At most 64. */
  readonly leaseIds: readonly string[];
}

/** Places, and since when their requests wait; one that was lost is taken where it was. */
export interface WaitingPlaces extends PlacesRef {
  /** In the order of the lease ids. */
  readonly since: readonly number[];
}

/** What became of places that were renewed. */
export interface PlacesKept {
  /** How many of them, from the first, are in the queue; there was no room for the rest. */
  readonly kept: number;
  /** The first place of the whole queue, if it is of the same owner; it may be one that is not needed. */
  readonly first: string | null;
}

/** What a store says of itself to operators. Holds no secrets. */
export interface StoreDescription {
  readonly id: string;
  readonly strategy: string;
  readonly topology: string | null;
  /** Where the store is, without credentials; null for process memory. */
  readonly address: string | null;
}

/**
 * Where the state of limiters lives, and whose clock decides.
 *
 * A store decides a batch of requests in one step: nothing that another caller does can come
 * between the evaluation and the taking. It may answer synchronously. It rejects with a
 * `StoreUnavailableError` when it cannot know the answer, and never for a denial.
 *
 * In a batch of mode `all` or `any` no two requests name the same limiter and identifier: callers
 * add their costs up first.
 */
export interface Store {
  readonly id: string;
  /**
   * True for a store that settles every decision within its time by itself, and hands back what it
   * takes after that. For other stores the caller does both.
   */
  readonly keepsDeadlines?: boolean;
  /**
   * Decides a batch. An answer later than `timeoutMs` milliseconds will not be read. A store that
   * keeps deadlines calls `onReturned` when it has handed back what it took too late.
   */
  decide(
    batch: readonly StoreRequest[],
    mode: BatchMode,
    timeoutMs: number,
    onReturned?: () => void,
  ): MaybePromise<readonly Verdict[]>;
  /** Hands back units and reservations, and frees slots. Returning a slot twice is harmless. */
  release(returns: readonly Grant[]): MaybePromise<void>;
  /** Prolongs leases; false for one that has ended. */
  renew(leases: readonly LeaseRef[]): MaybePromise<readonly boolean[]>;
  /**
   * Takes and renews places in the queue for slots. All places of their owner are renewed with them,
   * for 50 ms. A store without it has no queue: callers wait in their process only, and a free slot
   * is taken by the first request that comes.
   */
  keepPlaces?(places: WaitingPlaces, mostPlaces: number): MaybePromise<PlacesKept>;
  /** Gives places in the queue up. */
  leavePlaces?(places: PlacesRef): MaybePromise<void>;
  /** Forgets all state of one identifier under one limiter, slots and their queue included. */
  reset(state: StateRef): MaybePromise<void>;
  /** Connects where there is something to connect to and proves that the store answers. */
  check(): MaybePromise<void>;
  describe(): StoreDescription;
  /** How the store is, by what is known already. A store without it is always there. */
  status?(): StoreStatus;
  /** How full the store is, where it is bounded in this process. */
  usage?(): StoreUsage;
  /** Releases what the store opened. */
  close(): MaybePromise<void>;
}
