import type { Decision } from '../core/decision.js';
import type { LimiterPolicy } from '../core/policy.js';

/** Options of the calls that take units. */
export interface CostOptions {
  /** Whole units to take, 0 or more; default 1. 0 looks and takes nothing. */
  readonly cost?: number | undefined;
}

/** Options of the calls that wait. */
export interface AcquireOptions extends CostOptions {
  /** The longest wait in milliseconds; default: the limiter's `timeout`, else 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Stops the wait; the call rejects with the signal's reason and its place is handed back. */
  readonly signal?: AbortSignal | undefined;
}

/** What a caller holds after it acquired. */
export interface Lease {
  readonly limiterId: string;
  /** Milliseconds that the caller waited for its turn. */
  readonly waitedMs: number;
  /** True when the limiter let the caller through by its failure mode. */
  readonly degraded: boolean;
  /**
   * True until the lease is released, or has ended although its holder runs: the store said so, or no
   * renewal succeeded for `lease_seconds`. Somebody else may have the slot then. A lease without a
   * slot (its limiter has none, or it is degraded) is held until it is released.
   */
  readonly isHeld: boolean;
  /**
   * Aborts with a `LeaseEndedError` when the lease ends although its holder runs; not when it is
   * released. Hand it to what must not go on then.
   */
  readonly signal: AbortSignal;
  /**
   * Frees the concurrency slot, if the limiter has slots. Later calls do nothing. Never rejects: a
   * release that fails is repeated until the lease would have ended.
   */
  release(): Promise<void>;
}

/**
 * A named policy bound to a store and a failure mode.
 *
 * Which call to use: `consume` answers at once and is for requests that can be refused; `acquire`
 * waits for its turn and is for jobs and outgoing calls; `tryAcquire` is for limiters with
 * `max_concurrent` where nobody can wait. An identifier that is left out (or empty) means one
 * bucket that all such callers share. When the store does not answer, the limiter's failure mode
 * does; none of the calls rejects for that reason unless it says so.
 */
export interface Limiter {
  readonly id: string;
  readonly policy: Readonly<LimiterPolicy>;

  /**
   * Takes units now and answers now; a denial takes nothing.
   * Rejects with `InvalidCostError`, `InvalidIdentifierError`, or `LeaseRequiredError` for a limiter
   * that counts slots only.
   */
  consume(identifier?: string, options?: CostOptions): Promise<Decision>;

  /** Looks without taking: `allowed` tells whether one unit would pass, `remaining` what is left. */
  peek(identifier?: string): Promise<Decision>;

  /** Takes units and a slot now, or answers null: denied, or the store failed and so does the call. */
  tryAcquire(identifier?: string, options?: CostOptions): Promise<Lease | null>;

  /**
   * Waits for its turn, first come first served, and then holds a slot until it is released.
   * Rejects with `AcquireTimeoutError` as soon as it is certain that no turn comes in time, with
   * `CostExceedsLimitError` when none ever can, with `StoreUnavailableError` when the store does not
   * answer and the limiter fails closed, and with the reason of an aborted signal.
   */
  acquire(identifier?: string, options?: AcquireOptions): Promise<Lease>;

  /** Acquires, runs `fn`, and releases, whether `fn` succeeds or not. */
  run<T>(identifier: string, fn: () => T | Promise<T>, options?: AcquireOptions): Promise<T>;

  /**
   * Gives the newest units back, whichever units the application means; at most what was taken, and
   * nothing while callers wait for moments ahead. Rejects with `StoreUnavailableError`.
   */
  refund(identifier?: string, cost?: number): Promise<void>;

  /** Forgets the identifier: it counts as untouched. Rejects with `StoreUnavailableError`. */
  reset(identifier?: string): Promise<void>;
}
