import type { LimiterPolicy, RatePolicy } from '../../core/policy.js';

/** What a limiter has to do: requests drawn at random from callers that are all alike. */
export interface Traffic {
  readonly identifiers: number;
  /** Requests a second of all callers together. */
  readonly rps: number;
  /** Processes that share the requests; each remembers denials for itself. */
  readonly instances: number;
  /** How long a request holds a slot, in seconds. */
  readonly heldSeconds: number;
  /** The longest that a denial is remembered, in seconds. */
  readonly denyCacheSeconds: number;
}

/** Redis does not look for expired keys before about so many of its keys are. */
const EXPIRED_SHARE = 0.1;

/** Keys that exist at a moment, expired ones included, and how much each of them holds. */
export interface LiveKeys {
  readonly keys: number;
  /** Units or leases that one of them remembers, on average. */
  readonly held: number;
}

const NO_KEYS: LiveKeys = { keys: 0, held: 0 };

/** A limiter under traffic that has lasted for long. */
export interface SteadyState {
  readonly units: LiveKeys;
  readonly slots: LiveKeys;
  /** Script calls a second when none travel together. */
  readonly callsPerSecond: number;
}

/**
 * What a limiter keeps and asks under steady traffic. Requests of one caller are taken as a Poisson
 * process, so the share of callers who have a state is that of a queue which is not empty: M/D/1 for
 * a token bucket, whose state lives until the bucket is full again, and M/G/∞ for a window and for
 * slots.
 */
export function steadyState(policy: LimiterPolicy, traffic: Traffic): SteadyState {
  const perCaller = traffic.rps / traffic.identifiers;
  const { concurrency } = policy;
  const rate = policy.algorithm === 'concurrency' ? null : policy;
  const releases = concurrency === undefined ? 0 : traffic.rps;
  return {
    units: rate === null ? NO_KEYS : unitKeys(rate, perCaller, traffic.identifiers),
    slots:
      concurrency === undefined
        ? NO_KEYS
        : busyKeys(perCaller * traffic.heldSeconds, concurrency.maxConcurrent, traffic.identifiers),
    callsPerSecond:
      (rate === null ? traffic.rps : traffic.identifiers * asksOf(rate, perCaller, traffic)) +
      releases,
  };
}

function unitKeys(policy: RatePolicy, perCaller: number, identifiers: number): LiveKeys {
  if (policy.algorithm === 'token_bucket') {
    return { keys: keysOf(identifiers, Math.min(1, perCaller / policy.ratePerSecond)), held: 1 };
  }
  const inWindow = (perCaller * policy.windowMs) / 1_000;
  // What is written down is seen by the request that writes: itself, and those before it.
  return {
    keys: keysOf(identifiers, shareOfBusy(inWindow)),
    held: Math.min(policy.limit, 1 + inWindow),
  };
}

function busyKeys(mean: number, most: number, identifiers: number): LiveKeys {
  const busy = shareOfBusy(mean);
  return { keys: identifiers * busy, held: busy === 0 ? 0 : Math.min(most, mean / busy) };
}

/** The keys of the share of callers who have one, and what is left of those who had one. */
function keysOf(identifiers: number, share: number): number {
  return identifiers * share * (1 + EXPIRED_SHARE * (1 - share));
}

/** The share of callers with at least one, when each has `mean` on average. */
function shareOfBusy(mean: number): number {
  return -Math.expm1(-mean);
}

/**
 * How often a second one caller's requests need the store. All of them do while the limit is not
 * reached. Beyond it, a refusal that asks spares those that come while it is remembered: until the
 * next unit is free, which is longest behind the call that took the last one.
 */
function asksOf(policy: RatePolicy, perCaller: number, traffic: Traffic): number {
  const isBucket = policy.algorithm === 'token_bucket';
  const sustained = isBucket ? policy.ratePerSecond : (policy.limit * 1_000) / policy.windowMs;
  if (perCaller <= sustained) return perCaller;
  const untilFree = 1 / sustained - (isBucket ? 1 / perCaller : 0);
  const remembered = Math.min(traffic.denyCacheSeconds, untilFree);
  const spared = (perCaller * remembered) / traffic.instances;
  return sustained + (perCaller - sustained) / (1 + spared);
}
