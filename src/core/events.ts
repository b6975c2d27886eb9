import type { CircuitState } from './store-status.js';
import type { Decision, CompositeDecision } from './decision.js';
import type { FailureMode } from './policy.js';

/** One answered call: a guarded request, a `consume`, a composite or an `acquire`. */
export interface DecisionEvent {
  readonly decisions: readonly Decision[];
  /** Whether the call as a whole passed. */
  readonly allowed: CompositeDecision['allowed'];
  /** One identifier per decision, hashed. Worked out when it is first read. */
  readonly identifiers: readonly string[];
  /** One entry per decision: why its store could not answer, or null when it did. */
  readonly failures: readonly (DecisionFailure | null)[];
  /** The route pattern (`POST /auth/login`), or null outside of a request. */
  readonly endpoint: string | null;
  /** Milliseconds from the question to the store's answer, without any waiting for a turn. */
  readonly durationMs: number;
  /** Milliseconds that an `acquire` or a `run` waited for its turn; null for calls that do not wait. */
  readonly waitedMs: number | null;
}

/** Why a store could not answer. */
export interface DecisionFailure {
  readonly storeId: string;
  /** In one word: `connection`, `timeout`, `oom` … */
  readonly kind: string;
  /** The server's or the system's error code, if there was one. */
  readonly failureCode: string | null;
}

/** A limiter answered by its failure mode because its store could not. */
export interface DegradedEvent extends DecisionFailure {
  readonly limiterIds: readonly string[];
  readonly modes: readonly FailureMode[];
}

/** A circuit breaker changed its state. */
export interface CircuitEvent {
  readonly storeId: string;
  /** The node of a cluster, or null for the whole store. */
  readonly node: string | null;
  readonly from: CircuitState;
  readonly to: CircuitState;
}

/** A bounded store has no room: newcomers of this limiter share one bucket. */
export interface OverflowEvent {
  readonly storeId: string;
  readonly limiterId: string;
  readonly maxKeys: number;
}

/**
 * Is told what limiters decide. Metrics and logs are observers.
 *
 * Every method is optional and synchronous; what it throws is dropped, so that an observer can
 * never fail a request. A method that is not there costs nothing.
 */
export interface DecisionObserver {
  onDecision?(event: DecisionEvent): void;
  /**
   * The calls that were refused, and those that a failure mode answered. Who listens to these alone
   * costs calls that pass nothing.
   */
  onDenied?(event: DecisionEvent): void;
  onDegraded?(event: DegradedEvent): void;
  onCircuit?(event: CircuitEvent): void;
  onOverflow?(event: OverflowEvent): void;
}
