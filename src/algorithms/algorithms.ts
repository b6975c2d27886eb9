import type { ConcurrencyPolicy, LimiterPolicy, RatePolicy } from '../core/policy.js';
import { gcra } from './gcra.js';
import type { PolicyTraits, RateAlgorithm } from './rate-algorithm.js';
import { slidingWindow } from './sliding-window.js';

/** Every algorithm that counts units over time. */
const RATE_ALGORITHMS: Readonly<
  Record<RatePolicy['algorithm'], RateAlgorithm<unknown, RatePolicy>>
> = {
  token_bucket: gcra,
  sliding_window: slidingWindow,
};

const concurrencyTraits: PolicyTraits<ConcurrencyPolicy> = {
  capacity: ({ concurrency }) => concurrency.maxConcurrent,
  recoveryMs: ({ concurrency }) => concurrency.leaseMs,
};

const TRAITS: Readonly<Record<LimiterPolicy['algorithm'], PolicyTraits<LimiterPolicy>>> = {
  ...RATE_ALGORITHMS,
  concurrency: concurrencyTraits,
};

/** The algorithm of a policy that counts units. */
export function algorithmOf(policy: RatePolicy): RateAlgorithm<unknown, RatePolicy> {
  return RATE_ALGORITHMS[policy.algorithm];
}

/** The most units, or slots, that an untouched identifier can take at once under a policy. */
export function capacityOf(policy: LimiterPolicy): number {
  return TRAITS[policy.algorithm].capacity(policy);
}

/** Milliseconds until an exhausted identifier is untouched again. */
export function recoveryMsOf(policy: LimiterPolicy): number {
  return TRAITS[policy.algorithm].recoveryMs(policy);
}
