import type { RatePolicy, SlidingWindowPolicy, TokenBucketPolicy } from '../core/policy.js';
import { bucketBytes, windowBytes } from './plan/redis-footprint.js';

/** What the commands know of an algorithm that counts units. The only file of `cli` that names any. */
export interface UnitAlgorithm<Policy extends RatePolicy> {
  /** A policy in a few words: `10 in 300 s`. */
  describe(policy: Policy): string;
  /** The share of identifiers that have a state, with `perSecond` requests for each of them. */
  liveShare(policy: Policy, perSecond: number): number;
  /** How many units a state remembers on average. */
  rememberedUnits(policy: Policy, perSecond: number): number;
  /** Seconds until the next unit is free, counted from the call that took the last one. */
  secondsUntilFree(policy: Policy, perSecond: number): number;
  /** Bytes in Redis of a state that remembers `units`. */
  bytes(policy: Policy, keyLength: number, units: number): number;
}

const tokenBucket: UnitAlgorithm<TokenBucketPolicy> = {
  describe: ({ ratePerSecond, burst }) => `${String(ratePerSecond)}/s, burst ${String(burst)}`,
  // A state exists until the bucket is full again: the busy share of an M/D/1 queue.
  liveShare: ({ ratePerSecond }, perSecond) => Math.min(1, perSecond / ratePerSecond),
  rememberedUnits: () => 1,
  secondsUntilFree: ({ ratePerSecond }, perSecond) => 1 / ratePerSecond - 1 / perSecond,
  bytes: (_, keyLength) => bucketBytes(keyLength),
};

const slidingWindow: UnitAlgorithm<SlidingWindowPolicy> = {
  describe: ({ limit, windowMs }) => `${String(limit)} in ${String(windowMs / 1_000)} s`,
  liveShare: ({ windowMs }, perSecond) => busyShare((perSecond * windowMs) / 1_000),
  // The request that writes the log is in it, after those of the last window.
  rememberedUnits: ({ limit, windowMs }, perSecond) =>
    Math.min(limit, 1 + (perSecond * windowMs) / 1_000),
  secondsUntilFree: ({ limit, windowMs }) => windowMs / 1_000 / limit,
  bytes: ({ limit }, keyLength, units) => windowBytes(keyLength, units, limit),
};

const UNIT_ALGORITHMS: Readonly<Record<RatePolicy['algorithm'], UnitAlgorithm<RatePolicy>>> = {
  token_bucket: tokenBucket,
  sliding_window: slidingWindow,
};

/** The algorithm of a policy that counts units. */
export function unitAlgorithmOf(policy: RatePolicy): UnitAlgorithm<RatePolicy> {
  return UNIT_ALGORITHMS[policy.algorithm];
}

/** The share of M/G/∞ queues that are busy, with `mean` requests in each of them on average. */
export function busyShare(mean: number): number {
  return -Math.expm1(-mean);
}

/** A policy that grants exactly `limit` units within `windowMs`, for trials on a real store. */
export function trialPolicy(limit: number, windowMs: number): RatePolicy {
  return { algorithm: 'sliding_window', limit, windowMs };
}
