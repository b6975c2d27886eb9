import type { Clock } from '../../core/clock.js';
import type { Deadlines } from '../../resilience/deadlines.js';
import type { DenyCache } from './deny-cache.js';
import type { PendingReleases } from './pending-releases.js';

/** How long a guarded store waits. */
export interface StoreTimeouts {
  /** For a decision, whatever its limiter says. */
  readonly decisionMs: number;
  /** For the check at the start, connecting included. */
  readonly startMs: number;
}

/** What guards a store. */
export interface Guards {
  readonly deadlines: Deadlines;
  readonly timeouts: StoreTimeouts;
  /** Null: every question goes to the store. */
  readonly denied: DenyCache | null;
  readonly clock: Clock;
  /** Releases slots later that cannot be released now. Left out: they come back with their leases. */
  readonly releases?: PendingReleases;
}
