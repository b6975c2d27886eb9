import type { Decision } from '../core/decision.js';
import type { LimiterPolicy } from '../core/policy.js';

/** Options of the calls that take units. */
export interface CostOptions {
  /** Whole units to take, 0 or more; default 1. 0 is a peek, which takes nothing. */
  readonly cost?: number | undefined;
}

/** Options of the calls that wait. */
export interface AcquireOptions extends CostOptions {
  /** The longest wait in milliseconds; default: the limiter's `timeout`, else 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Cancels the wait: the call rejects with the signal's reason, and its place or reservation is released. */
  readonly signal?: AbortSignal | undefined;
}

/** The result of a successful `acquire`. */
export interface Lease {
  readonly limiterId: string;
  /** Milliseconds that the call waited. */
  readonly waitedMs: number;
  /** True when the failure mode allowed the call. */
  readonly degraded: boolean;
  /**
   * True until the lease is released, or has ended while its holder is running: the store reported it,
   * or no renewal succeeded for `lease_seconds`. Another holder may have the slot then. A lease without
   * a slot (its limiter has none, or it is degraded) is held until it is released.
   */
  readonly isHeld: boolean;
  /**
   * Aborts with a `LeaseEndedError` when the lease ends while its holder is running; not when it is
   * released. Pass it to work that must stop then.
   */
  readonly signal: AbortSignal;
  /**
   * Frees the concurrency slot, if the limiter has slots. Further calls do nothing. Never rejects: a
   * release that fails is retried until the lease would have ended.
   */
  release(): Promise<void>;
}

/**
 * A named policy bound to a store and a failure mode.
 *
 * Which call to use: `consume` decides at once and is for requests that may be denied; `acquire` waits
 * for a permit and is for jobs and outgoing calls; `tryAcquire` is for limiters with `max_concurrent`
 * where waiting is not possible. All calls without an identifier (or with an empty one) share one
 * bucket. When the store is unavailable, the failure mode decides; a call rejects for that reason only
 * where its documentation says so.
 */
export interface Limiter {
  readonly id: string;
  readonly policy: Readonly<LimiterPolicy>;

  /**
   * Takes units at once, or denies and takes nothing.
   * Rejects with `InvalidCostError`, `InvalidIdentifierError`, or `LeaseRequiredError` for a limiter
   * that limits concurrency only.
   */
  consume(identifier?: string, options?: CostOptions): Promise<Decision>;

  /** Takes nothing: `allowed` is whether one unit would pass, `remaining` the units left. */
  peek(identifier?: string): Promise<Decision>;

  /** Takes units and a slot at once. Resolves to null when denied, also by the failure mode. */
  tryAcquire(identifier?: string, options?: CostOptions): Promise<Lease | null>;

  /**
   * Waits for a permit, first come, first served, and holds the slot until the lease is released.
   * Rejects with `AcquireTimeoutError` as soon as it is certain that no permit comes in time, with
   * `CostExceedsLimitError` when none ever can, with `StoreUnavailableError` when the store is
   * unavailable and the limiter fails closed, and with the reason of an aborted signal.
   */
  acquire(identifier?: string, options?: AcquireOptions): Promise<Lease>;

  /** Acquires, runs `fn`, and releases, whether `fn` succeeds or not. */
  run<T>(identifier: string, fn: () => T | Promise<T>, options?: AcquireOptions): Promise<T>;

  /**
   * Returns the newest units, whichever grant they belong to; at most what was taken, and nothing while
   * reservations exist. Rejects with `StoreUnavailableError`.
   */
  refund(identifier?: string, cost?: number): Promise<void>;

  /** Deletes the state of the identifier. Rejects with `StoreUnavailableError`. */
  reset(identifier?: string): Promise<void>;
}
