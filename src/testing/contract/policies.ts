import type { ConcurrencyPolicy, RatePolicy } from '../../core/policy.js';

/** Makes a policy with this limit, of which one unit comes back after 100 ms when it is 1. */
type PolicyOfLimit = (limit: number) => RatePolicy;

/** Every algorithm that counts units. The contract holds for each of them. */
const RATE_POLICIES: Readonly<Record<RatePolicy['algorithm'], PolicyOfLimit>> = {
  token_bucket: (limit) => ({ algorithm: 'token_bucket', ratePerSecond: 10, burst: limit }),
  sliding_window: (limit) => ({
    algorithm: 'sliding_window',
    limit,
    windowMs: limit === 1 ? 100 : 1_000,
  }),
};

export const ratePolicies: readonly PolicyOfLimit[] = Object.values(RATE_POLICIES);

export const bucketOf = RATE_POLICIES.token_bucket;
export const windowOf = RATE_POLICIES.sliding_window;

/** Slots alone. */
export function slotsOf(maxConcurrent: number, leaseMs: number): ConcurrencyPolicy {
  return { algorithm: 'concurrency', concurrency: { maxConcurrent, leaseMs } };
}
