import type { Clock } from '../../core/clock.js';
import type { Deadlines } from '../../resilience/deadlines.js';
import type { DenyCache } from './deny-cache.js';
import type { PendingReleases } from './pending-releases.js';

/** The timeouts of a store, in milliseconds. */
export interface StoreTimeouts {
  /** Upper bound of a decision, whatever the timeout of its limiter. */
  readonly decisionMs: number;
  /** Upper bound of the check at the start, including connecting. */
  readonly startMs: number;
}

/** Options of a `GuardedStore`. */
export interface GuardedStoreOptions {
  readonly deadlines: Deadlines;
  readonly timeouts: StoreTimeouts;
  /** Null: every request is sent to the store. */
  readonly denyCache: DenyCache | null;
  readonly clock: Clock;
  /** Retries failed releases of slots. Without it, such slots are free when their leases end. */
  readonly releases?: PendingReleases;
}
