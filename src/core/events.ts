import type { CircuitState } from './store-status.js';
import type { Decision, CompositeDecision } from './decision.js';
import type { FailureMode } from './policy.js';

/** One decided call: a guarded request, a `consume`, a composite or an `acquire`. */
export interface DecisionEvent {
  readonly decisions: readonly Decision[];
  /** Whether the call as a whole passed. */
  readonly allowed: CompositeDecision['allowed'];
  /** One hashed identifier per decision. Computed when first read. */
  readonly identifiers: readonly string[];
  /** One entry per decision: the failure of its store, or null when the store decided. */
  readonly failures: readonly (DecisionFailure | null)[];
  /** The route pattern (`POST /auth/login`), or null outside of a request. */
  readonly endpoint: string | null;
  /** Milliseconds from the request to the store's reply, without the wait for a permit. */
  readonly durationMs: number;
  /** Milliseconds that an `acquire` or a `run` waited for a permit; null for calls that do not wait. */
  readonly waitedMs: number | null;
}

/** Why a store was unavailable. */
export interface DecisionFailure {
  readonly storeId: string;
  /** The kind of failure: `connection`, `timeout`, `oom` … */
  readonly kind: string;
  /** The error code of the server or the system, if any. */
  readonly failureCode: string | null;
}

/** Limiters decided by their failure mode because their store was unavailable. */
export interface DegradedEvent extends DecisionFailure {
  readonly limiterIds: readonly string[];
  readonly modes: readonly FailureMode[];
}

/** A circuit breaker changed its state. */
export interface CircuitEvent {
  readonly storeId: string;
  /** The cluster node, or null for the whole store. */
  readonly node: string | null;
  readonly from: CircuitState;
  readonly to: CircuitState;
}

/** A bounded store is full: new identifiers of this limiter share one bucket. */
export interface OverflowEvent {
  readonly storeId: string;
  readonly limiterId: string;
  readonly maxKeys: number;
}

/**
 * Receives the decisions of limiters. Metrics and logs are observers.
 *
 * Every method is optional and synchronous. Errors that it throws are ignored, so an observer can
 * never fail a request. A method that is not implemented costs nothing.
 */
export interface DecisionObserver {
  onDecision?(event: DecisionEvent): void;
  /**
   * Called for denied and for degraded calls. Observers that implement only this add no cost to
   * allowed calls.
   */
  onDenied?(event: DecisionEvent): void;
  onDegraded?(event: DegradedEvent): void;
  onCircuit?(event: CircuitEvent): void;
  onOverflow?(event: OverflowEvent): void;
}
