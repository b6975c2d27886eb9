import { emissionIntervalUs, gcra } from '../../../algorithms/gcra.js';
import {
  countsUnits,
  type LimiterPolicy,
  type RatePolicy,
  type SlidingWindowPolicy,
  type TokenBucketPolicy,
} from '../../../core/policy.js';
import type { StoreRequest, Verdict } from '../../../core/store.js';

/** The code of a request that passes, and the number for a wait that never ends. */
export const ALLOWED = 1;
export const NEVER = -1;

/** Where the integers of a request are in a reply. */
export interface ReplySlice {
  /** Of the whole call; those of the request begin at `start`. */
  readonly integers: readonly number[];
  readonly start: number;
  /** The server's time, in microseconds. */
  readonly nowUs: number;
  /** Whether the request passed although the batch took nothing. */
  readonly isPeek: boolean;
}

/** How the script counts the units of one algorithm. */
export interface UnitCounter<Policy extends RatePolicy> {
  /** Its letter in `lua/decide.lua`, and the end of its keys. `s`, `q` and `u` are taken. */
  readonly letter: string;
  /** Integers of the reply for one request. */
  readonly replyWidth: number;
  /** Whether a release also needs the key of unsure reservations. */
  readonly hasUnsureKey: boolean;
  /** The two numbers that the script takes of a policy. */
  encode(policy: Policy): readonly [first: number, second: number];
  decode(policy: Policy, request: StoreRequest, reply: ReplySlice): Verdict;
  /** The server's work for taking units, in ordinary requests (about 10 microseconds). */
  workOf(policy: Policy, cost: number): number;
  /** The server's work for a release. */
  releaseWorkOf(policy: Policy): number;
}

/** The part of a verdict that is the same for everything that passes. */
const PASSES: Pick<Verdict, 'allowed' | 'denial' | 'retryAfterMs'> = {
  allowed: true,
  denial: null,
  retryAfterMs: 0,
};

/** The verdict of a policy that counts no units. */
export const NO_UNITS: Verdict = {
  ...PASSES,
  limit: 0,
  remaining: 0,
  resetAfterMs: 0,
  moreAfterMs: 0,
  waitMs: 0,
  reservation: 0,
};

/**
 * The reply holds only how full the bucket was; the rest follows by the function that decides in
 * process memory. Times are relative to the server's now, because sums of small numbers are exact.
 */
const bucket: UnitCounter<TokenBucketPolicy> = {
  letter: 'b',
  replyWidth: 2,
  hasUnsureKey: true,
  encode: (policy) => [emissionIntervalUs(policy), policy.burst],
  decode: (policy, { cost, maxWaitMs }, { integers, start, nowUs, isPeek }) => {
    const usedUs = integers[start + 1] ?? 0;
    const ask = { cost: isPeek ? 0 : cost, maxWaitMs };
    const verdict = gcra.evaluate(usedUs, policy, ask, 0);
    const reservation = verdict.reservation + nowUs;
    return isPeek ? { ...verdict, ...PASSES, reservation } : { ...verdict, reservation };
  },
  workOf: () => 1,
  releaseWorkOf: () => 1,
};

/** Units that a window writes in the time of an ordinary request. */
const UNITS_WRITTEN = 400;
/** From this many units on, a window writes in pieces, which adds next to nothing. */
const WRITTEN_IN_PIECES = 100_000;
/** Moments of a window that move in the time of an ordinary request. At most half of them move. */
const MOMENTS_MOVED = 1_800;

const window: UnitCounter<SlidingWindowPolicy> = {
  letter: 'w',
  replyWidth: 7,
  hasUnsureKey: false,
  encode: ({ limit, windowMs }) => [limit, windowMs],
  decode: ({ limit }, _, { integers, start, isPeek }) => {
    const retryAfterMs = integers[start + 2] ?? 0;
    const allowed = integers[start] === ALLOWED || isPeek;
    return {
      // First, so that V8 does not give this object the shape of a bucket's verdict: there the reservation
      // begins as a small integer, and a shared shape would be converted at each decision.
      reservation: integers[start + 6] ?? 0,
      allowed,
      denial: allowed ? null : 'rate',
      limit,
      remaining: integers[start + 1] ?? 0,
      retryAfterMs: isPeek ? 0 : retryAfterMs === NEVER ? Number.POSITIVE_INFINITY : retryAfterMs,
      resetAfterMs: integers[start + 3] ?? 0,
      moreAfterMs: integers[start + 4] ?? 0,
      waitMs: integers[start + 5] ?? 0,
    };
  },
  workOf: ({ limit }, cost) => 1 + Math.min(cost, limit, WRITTEN_IN_PIECES) / UNITS_WRITTEN,
  releaseWorkOf: ({ limit }) => 1 + limit / 2 / MOMENTS_MOVED,
};

/** The counter of every algorithm that counts units. */
const COUNTERS: Readonly<Record<RatePolicy['algorithm'], UnitCounter<RatePolicy>>> = {
  token_bucket: bucket,
  sliding_window: window,
};

export function counterOf(policy: RatePolicy): UnitCounter<RatePolicy> {
  return COUNTERS[policy.algorithm];
}

/** The kind of a request in the script: the letter of its counter, and `s` if it has slots. */
export function kindOf(policy: LimiterPolicy | null, hasSlots: boolean): string {
  const letter = policy !== null && countsUnits(policy) ? counterOf(policy).letter : '';
  return hasSlots ? `${letter}s` : letter;
}

/** The letters of all counters: the ends of the keys that may hold units. */
export const COUNTER_LETTERS: readonly string[] = Object.values(COUNTERS).map(
  ({ letter }) => letter,
);
