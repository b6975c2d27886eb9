import { joinVerdicts, queueIsFull, waitingSince } from '../../../algorithms/concurrency.js';
import { gcra } from '../../../algorithms/gcra.js';
import type { ConcurrencyLimit, TokenBucketPolicy } from '../../../core/policy.js';
import { slotLimitOf } from '../../../core/store.js';
import type {
  BatchMode,
  PlacesKept,
  PlacesRef,
  StoreRequest,
  Verdict,
} from '../../../core/store.js';

/** What the script calls a request that passes, and one for which the queue has no place. */
const ALLOWED = 1;
const QUEUE_IS_FULL = 3;

/** How many integers the script tells of a bucket, a window and slots. */
const BUCKET = 2;
const WINDOW = 7;
const SLOTS = 4;

const NEVER = -1;

/** How many integers the script tells of a request. */
export function replyLengthOf(request: StoreRequest): number {
  return unitIntegersOf(request) + (slotLimitOf(request) === null ? 0 : SLOTS);
}

function unitIntegersOf({ policy }: StoreRequest): number {
  switch (policy.algorithm) {
    case 'token_bucket':
      return BUCKET;
    case 'sliding_window':
      return WINDOW;
    case 'concurrency':
      return 0;
  }
}

/**
 * The verdicts on a batch, which the integers from `begin` on tell. Of a bucket the script tells only
 * how full it was; what follows from that is worked out here, by the same function that decides in
 * process memory.
 */
export function verdictsOf(
  batch: readonly StoreRequest[],
  mode: BatchMode,
  integers: readonly number[],
  begin: number,
  nowUs: number,
): readonly Verdict[] {
  const [only] = batch;
  if (only !== undefined && batch.length === 1) {
    return [verdictOf(only, { integers, start: begin, nowUs, isLook: false })];
  }
  const passing: boolean[] = [];
  let end = begin;
  for (const request of batch) {
    passing.push(passes(request, integers, end));
    end += replyLengthOf(request);
  }
  const areAllTaken = !passing.includes(false);
  const firstPassing = passing.indexOf(true);
  let start = begin;
  return batch.map((request, index) => {
    const isTaken = mode === 'all' ? areAllTaken : index === firstPassing;
    const isLook = !isTaken && passing[index] === true;
    const verdict = verdictOf(request, { integers, start, nowUs, isLook });
    start += replyLengthOf(request);
    return verdict;
  });
}

/** Where a verdict stands in a reply, and whether nothing was taken although it passed. */
interface ReplySlice {
  readonly integers: readonly number[];
  readonly start: number;
  readonly nowUs: number;
  readonly isLook: boolean;
}

function passes(request: StoreRequest, integers: readonly number[], start: number): boolean {
  const unitIntegers = unitIntegersOf(request);
  const areUnitsFree = unitIntegers === 0 || integers[start] === ALLOWED;
  const isSlotFree = slotLimitOf(request) === null || integers[start + unitIntegers] === ALLOWED;
  return areUnitsFree && isSlotFree;
}

function verdictOf(request: StoreRequest, told: ReplySlice): Verdict {
  const rate = rateVerdictOf(request, told);
  const slots = slotLimitOf(request);
  if (slots === null) return rate;
  const start = told.start + unitIntegersOf(request);
  const found = slotVerdictOf(slots, told.integers, start);
  const waits = found.denial === 'slot' && isWaiting(request);
  const slot = waits ? waitingSince(found, told.nowUs) : found;
  return request.policy.algorithm === 'concurrency' ? slot : joinVerdicts(rate, slot);
}

function isWaiting({ leaseId, mostPlaces = 0 }: StoreRequest): boolean {
  return leaseId !== null && mostPlaces > 0;
}

function rateVerdictOf(request: StoreRequest, told: ReplySlice): Verdict {
  const { policy } = request;
  switch (policy.algorithm) {
    case 'token_bucket':
      return bucketVerdictOf(policy, request, told);
    case 'sliding_window':
      return windowVerdictOf(policy.limit, told);
    case 'concurrency':
      return NOTHING;
  }
}

/** The bucket relative to the server's now, because sums of small numbers are exact. */
function bucketVerdictOf(
  policy: TokenBucketPolicy,
  request: StoreRequest,
  told: ReplySlice,
): Verdict {
  const { integers, start, nowUs, isLook } = told;
  const usedUs = integers[start + 1] ?? 0;
  const { maxWaitMs } = request;
  const ask = { cost: isLook ? 0 : request.cost, maxWaitMs };
  const verdict = gcra.evaluate(usedUs, policy, ask, 0);
  const reservation = verdict.reservation + nowUs;
  return isLook ? { ...verdict, ...PASSES, reservation } : { ...verdict, reservation };
}

function windowVerdictOf(limit: number, { integers, start, isLook }: ReplySlice): Verdict {
  const retryAfterMs = integers[start + 2] ?? 0;
  const allowed = integers[start] === ALLOWED || isLook;
  return {
    allowed,
    denial: allowed ? null : 'rate',
    limit,
    remaining: integers[start + 1] ?? 0,
    retryAfterMs: isLook ? 0 : retryAfterMs === NEVER ? Number.POSITIVE_INFINITY : retryAfterMs,
    resetAfterMs: integers[start + 3] ?? 0,
    moreAfterMs: integers[start + 4] ?? 0,
    waitMs: integers[start + 5] ?? 0,
    reservation: integers[start + 6] ?? 0,
  };
}

function slotVerdictOf(
  { maxConcurrent }: ConcurrencyLimit,
  integers: readonly number[],
  start: number,
): Verdict {
  const allowed = integers[start] === ALLOWED;
  const nextMs = integers[start + 2] ?? 0;
  const verdict: Verdict = {
    allowed,
    denial: allowed ? null : 'slot',
    limit: maxConcurrent,
    remaining: integers[start + 1] ?? 0,
    retryAfterMs: allowed ? 0 : nextMs,
    resetAfterMs: integers[start + 3] ?? 0,
    moreAfterMs: nextMs,
    waitMs: 0,
    reservation: 0,
  };
  return integers[start] === QUEUE_IS_FULL ? queueIsFull(verdict) : verdict;
}

/** What a request that would have passed says, although nothing was taken. */
const PASSES: Pick<Verdict, 'allowed' | 'denial' | 'retryAfterMs'> = {
  allowed: true,
  denial: null,
  retryAfterMs: 0,
};

const NOTHING: Verdict = {
  ...PASSES,
  limit: 0,
  remaining: 0,
  resetAfterMs: 0,
  moreAfterMs: 0,
  waitMs: 0,
  reservation: 0,
};

/** What became of places that were renewed. */
export function placesKeptOf({ owner }: PlacesRef, integers: readonly number[]): PlacesKept {
  const [kept = 0, first = NEVER] = integers;
  return { kept, first: first === NEVER ? null : `${owner}:${first.toString(36)}` };
}
