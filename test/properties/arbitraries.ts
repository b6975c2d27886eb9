import fc from 'fast-check';
import type { RatePolicy, SlidingWindowPolicy, TokenBucketPolicy } from '../../src/core/policy.js';
import { bucket, windowOf } from './counter.js';

/** Token buckets of any rate, from one unit in 100 seconds to 1,000 a second. */
export const buckets: fc.Arbitrary<TokenBucketPolicy> = fc
  .tuple(
    fc.integer({ min: 1, max: 12 }),
    fc.oneof(
      fc.constantFrom(0.01, 0.1, 0.3, 1, 3, 7, 100, 300, 1_000),
      fc.double({ min: 0.01, max: 1_000, noNaN: true }),
    ),
  )
  .map(([burst, rate]) => bucket(burst, rate));

/** Token buckets that refill a unit after whole milliseconds, so that no wait is rounded. */
export const evenBuckets: fc.Arbitrary<TokenBucketPolicy> = fc
  .tuple(fc.integer({ min: 1, max: 8 }), fc.constantFrom(0.1, 0.5, 1, 2, 4, 10, 100, 1_000))
  .map(([burst, rate]) => bucket(burst, rate));

export const windows: fc.Arbitrary<SlidingWindowPolicy> = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom(1, 2, 10, 100, 1_000, 1_500, 60_000))
  .map(([limit, windowMs]) => windowOf(limit, windowMs));

export const policies: fc.Arbitrary<RatePolicy> = fc.oneof(buckets, windows);
export const evenPolicies: fc.Arbitrary<RatePolicy> = fc.oneof(evenBuckets, windows);

/** The most units that an untouched identifier can take at once. */
export function capacityOf(policy: RatePolicy): number {
  return policy.algorithm === 'token_bucket' ? policy.burst : policy.limit;
}

/** Milliseconds until an exhausted identifier has about one unit again. */
export function paceMs(policy: RatePolicy): number {
  return policy.algorithm === 'token_bucket'
    ? 1_000 / policy.ratePerSecond
    : policy.windowMs / policy.limit;
}

/** One step of a history. Times are in hundredths of the pace, costs in hundredths of the capacity. */
export interface Step {
  readonly kind: 'wait' | 'take' | 'peek' | 'refund' | 'reserve' | 'cancel' | 'reset';
  readonly identifier: string;
  readonly size: number;
}

const KINDS = {
  wait: fc.oneof(fc.constantFrom(0, 1, 99, 100, 101), fc.integer({ min: 0, max: 1_000 })),
  take: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 130 })),
  peek: fc.constant(0),
  refund: fc.integer({ min: 0, max: 130 }),
  reserve: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100 })),
  cancel: fc.nat(30),
  reset: fc.constant(0),
} as const;

/** Histories of the given kinds of steps; a kind that is listed twice occurs twice as often. */
export function histories(
  kinds: readonly Step['kind'][],
  identifiers: readonly string[] = ['a'],
): fc.Arbitrary<readonly Step[]> {
  const steps = kinds.map((kind) =>
    fc.record({
      kind: fc.constant(kind),
      identifier: fc.constantFrom(...identifiers),
      size: KINDS[kind],
    }),
  );
  return fc.array(fc.oneof(...steps), { maxLength: 60, size: 'max' });
}

/** The cost of a step: at least one unit, sometimes more than ever fits. */
export function costOf(policy: RatePolicy, { size }: Step): number {
  return 1 + Math.floor((size / 100) * (capacityOf(policy) - 1) + 1e-9);
}

/** The time of a step in whole milliseconds, or not. */
export function timeOf(policy: RatePolicy, { size }: Step, whole = true): number {
  const byMs = (size / 100) * paceMs(policy);
  return whole ? Math.round(byMs) : byMs;
}
