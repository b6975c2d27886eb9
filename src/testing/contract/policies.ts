import type { ConcurrencyPolicy, RatePolicy } from '../../core/policy.js';
import type { ContractCase, RateCase } from './harness.js';

/** Creates a policy with this limit. With a limit of 1, a unit is available again after 100 ms. */
type PolicyOfLimit = (limit: number) => RatePolicy;

/** A policy of every algorithm that counts units. */
const RATE_POLICIES: Readonly<Record<RatePolicy['algorithm'], PolicyOfLimit>> = {
  token_bucket: (limit) => ({ algorithm: 'token_bucket', ratePerSecond: 10, burst: limit }),
  sliding_window: (limit) => ({
    algorithm: 'sliding_window',
    limit,
    windowMs: limit === 1 ? 100 : 1_000,
  }),
};

/** The cases for every algorithm, under a policy with this limit. */
export function forEachAlgorithm(
  limit: number,
  cases: readonly RateCase[],
): readonly ContractCase[] {
  return Object.values(RATE_POLICIES).flatMap((policyOf) => {
    const policy = policyOf(limit);
    return cases.map(({ name, run }) => ({
      name: `${policy.algorithm}: ${name}`,
      run: (subject) => run(subject, policy, policyOf),
    }));
  });
}

export const bucketOf = RATE_POLICIES.token_bucket;
export const windowOf = RATE_POLICIES.sliding_window;

/** A policy of slots only. */
export function slotsOf(maxConcurrent: number, leaseMs: number): ConcurrencyPolicy {
  return { algorithm: 'concurrency', concurrency: { maxConcurrent, leaseMs } };
}
