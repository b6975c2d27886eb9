/**
 * The reason of a decision. The first two come from the store, the last two from the limiter's
 * failure mode when the store is unavailable.
 */
export type DecisionReason = 'within_limit' | 'over_limit' | 'fail_open' | 'fail_closed';

/** The decision of one limiter about one call. */
export interface Decision {
  readonly limiterId: string;
  readonly allowed: boolean;
  /** The most units that an untouched identifier can take at once. */
  readonly limit: number;
  /** Whole units left now, after this call. */
  readonly remaining: number;
  /** Milliseconds until the same call can pass; 0 when allowed, `Infinity` when its cost can never fit. */
  readonly retryAfterMs: number;
  /** Milliseconds until the identifier is untouched again. */
  readonly resetAfterMs: number;
  readonly reason: DecisionReason;
  /** True when the decision came from the failure mode and not from the store. */
  readonly degraded: boolean;
}

/** The decision of several limiters about one call. */
export interface CompositeDecision {
  readonly allowed: boolean;
  /** One decision per request, in the order of the requests. */
  readonly decisions: readonly Decision[];
  /** The decision that determines the result: denied with the longest wait, else the fewest units left. */
  readonly binding: Decision;
  /** The id of the limiter that denied (that of `binding`), or null when the call was allowed. */
  readonly deniedBy: string | null;
}
