import { capacityOf, recoveryMsOf } from '../../algorithms/algorithms.js';
import { countsUnits, type LimiterPolicy, type RatePolicy } from '../../core/policy.js';
import { busyShare, unitAlgorithmOf } from '../algorithms.js';

/** The load on a limiter: requests at random moments, equally many for each identifier. */
export interface Traffic {
  readonly identifiers: number;
  /** Requests per second of all identifiers together. */
  readonly rps: number;
  /** Processes that share the requests; each caches denials for itself. */
  readonly instances: number;
  /** How long a request holds a slot, in seconds. */
  readonly heldSeconds: number;
  /** The longest time for which a denial is cached, in seconds. */
  readonly denyCacheSeconds: number;
}

/** The share of its keys up to which Redis leaves expired keys in memory. */
const EXPIRED_SHARE = 0.1;

/** Keys that exist at a moment, expired ones included, and how much each of them holds. */
export interface LiveKeys {
  readonly keys: number;
  /** Units or leases in one of them, on average. */
  readonly held: number;
}

const NO_KEYS: LiveKeys = { keys: 0, held: 0 };

/** A limiter under steady traffic. */
export interface SteadyState {
  readonly units: LiveKeys;
  readonly slots: LiveKeys;
  /** Script calls per second without batching. */
  readonly callsPerSecond: number;
}

/**
 * The keys and script calls of a limiter under steady traffic. Requests of one identifier are
 * modelled as a Poisson process, so the share of identifiers with a state is the busy share of a
 * queue: M/D/1 for a token bucket, M/G/∞ for a window and for slots.
 */
export function steadyState(policy: LimiterPolicy, traffic: Traffic): SteadyState {
  const { identifiers, rps, heldSeconds } = traffic;
  const { concurrency } = policy;
  const perIdentifier = rps / identifiers;
  const units = countsUnits(policy) ? unitKeys(policy, perIdentifier, identifiers) : NO_KEYS;
  const decisions = countsUnits(policy)
    ? identifiers * decisionsPerSecond(policy, perIdentifier, traffic)
    : rps;
  if (concurrency === undefined) return { units, slots: NO_KEYS, callsPerSecond: decisions };
  const slots = slotKeys(perIdentifier * heldSeconds, concurrency.maxConcurrent, identifiers);
  return { units, slots, callsPerSecond: decisions + rps };
}

/** Keys of units: those of identifiers with a state, and expired ones that still take memory. */
function unitKeys(policy: RatePolicy, perIdentifier: number, identifiers: number): LiveKeys {
  const algorithm = unitAlgorithmOf(policy);
  const share = algorithm.liveShare(policy, perIdentifier);
  return {
    keys: identifiers * share * (1 + EXPIRED_SHARE * (1 - share)),
    held: algorithm.rememberedUnits(policy, perIdentifier),
  };
}

function slotKeys(mean: number, maxConcurrent: number, identifiers: number): LiveKeys {
  const share = busyShare(mean);
  return {
    keys: identifiers * share,
    held: share === 0 ? 0 : Math.min(maxConcurrent, mean / share),
  };
}

/**
 * Decisions of the store per second for one identifier. Below the limit every request needs one.
 * Beyond it, a denial from the store is cached until the next unit is free, and spares the requests
 * of that time.
 */
function decisionsPerSecond(policy: RatePolicy, perIdentifier: number, traffic: Traffic): number {
  const sustained = (capacityOf(policy) * 1_000) / recoveryMsOf(policy);
  if (perIdentifier <= sustained) return perIdentifier;
  const untilFree = unitAlgorithmOf(policy).secondsUntilFree(policy, perIdentifier);
  const cachedSeconds = Math.min(traffic.denyCacheSeconds, untilFree);
  const spared = (perIdentifier * cachedSeconds) / traffic.instances;
  return sustained + (perIdentifier - sustained) / (1 + spared);
}
