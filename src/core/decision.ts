/**
 * Why a decision came out as it did. The first two are the store's word; the last two are the
 * limiter's failure mode speaking for a store that could not answer.
 */
export type DecisionReason = 'within_limit' | 'over_limit' | 'fail_open' | 'fail_closed';

/** The answer of one limiter to one call. */
export interface Decision {
  readonly limiterId: string;
  readonly allowed: boolean;
  /** Units that an untouched identifier can take at once. */
  readonly limit: number;
  /** Whole units left now, after this call. */
  readonly remaining: number;
  /** Milliseconds until the same call would pass; 0 when allowed, `Infinity` when its cost can never fit. */
  readonly retryAfterMs: number;
  /** Milliseconds until the identifier is back to an untouched state. */
  readonly resetAfterMs: number;
  readonly reason: DecisionReason;
  /** True when the answer came from the failure mode and not from the store. */
  readonly degraded: boolean;
}

/** The answer of several limiters that were asked together. */
export interface CompositeDecision {
  readonly allowed: boolean;
  /** One decision per request, in the order of the requests. */
  readonly decisions: readonly Decision[];
  /** The decision that speaks for all: denied with the longest wait, else the fewest units left. */
  readonly binding: Decision;
  /** The id of the limiter that refused (that of `binding`), or null when the call was allowed. */
  readonly deniedBy: string | null;
}
