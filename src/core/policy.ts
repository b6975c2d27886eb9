/**
 * The most slots that may be held at the same time.
 *
 * A slot belongs to a lease. A lease that its holder never releases ends by itself, `leaseMs` after it
 * was taken or last renewed.
 */
export interface ConcurrencyLimit {
  readonly maxConcurrent: number;
  readonly leaseMs: number;
}

/** Allows `burst` units at once and sustains `ratePerSecond` units (GCRA). */
export interface TokenBucketPolicy {
  readonly algorithm: 'token_bucket';
  readonly ratePerSecond: number;
  readonly burst: number;
  readonly concurrency?: ConcurrencyLimit | undefined;
}

/** Allows at most `limit` units in any interval of `windowMs` milliseconds, exactly. */
export interface SlidingWindowPolicy {
  readonly algorithm: 'sliding_window';
  readonly limit: number;
  readonly windowMs: number;
  readonly concurrency?: ConcurrencyLimit | undefined;
}

/** Limits the slots held at once; calls are not counted over time. */
export interface ConcurrencyPolicy {
  readonly algorithm: 'concurrency';
  readonly concurrency: ConcurrencyLimit;
}

/** A policy that counts units over time. */
export type RatePolicy = TokenBucketPolicy | SlidingWindowPolicy;

/** The immutable rule of a limiter: an algorithm and its numbers. */
export type LimiterPolicy = RatePolicy | ConcurrencyPolicy;

/** The decision of a limiter while its store is unavailable: allow, or deny with 503. */
export type FailureMode = 'fail_open' | 'fail_closed';

/** Whether a policy counts units over time; the others limit slots only. */
export function countsUnits(policy: LimiterPolicy): policy is RatePolicy {
  return policy.algorithm !== 'concurrency';
}

/**
 * The limit of slots that applies to a request; null when only units matter. It applies to requests
 * that take a slot, and to peeks.
 */
export function slotLimitOf({
  leaseId,
  cost,
  policy,
}: {
  readonly leaseId: string | null;
  readonly cost: number;
  readonly policy: LimiterPolicy;
}): ConcurrencyLimit | null {
  const isAboutUnits = leaseId === null && cost > 0 && countsUnits(policy);
  return isAboutUnits ? null : (policy.concurrency ?? null);
}

/** A frozen copy: an application that receives a policy cannot change the limit. */
export function frozenPolicy(policy: LimiterPolicy): LimiterPolicy {
  const { concurrency } = policy;
  if (concurrency === undefined) return Object.freeze({ ...policy });
  return Object.freeze({ ...policy, concurrency: Object.freeze({ ...concurrency }) });
}
