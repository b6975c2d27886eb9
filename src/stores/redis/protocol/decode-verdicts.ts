import { joinVerdicts, queueIsFull, waitingSince } from '../../../algorithms/concurrency.js';
import { countsUnits, slotLimitOf, type ConcurrencyLimit } from '../../../core/policy.js';
import type { BatchMode, StoreRequest, Verdict } from '../../../core/store.js';
import { ALLOWED, counterOf, NO_UNITS, type ReplySlice } from './algorithms.js';

/** The code of a request for which the queue is full. */
const QUEUE_IS_FULL = 3;

/** Integers of the reply for the slots of a request. */
const SLOTS_WIDTH = 4;

/** Integers of the reply for one request. */
export function replyLengthOf(request: StoreRequest): number {
  return unitsWidthOf(request) + (slotLimitOf(request) === null ? 0 : SLOTS_WIDTH);
}

function unitsWidthOf({ policy }: StoreRequest): number {
  return countsUnits(policy) ? counterOf(policy).replyWidth : 0;
}

/** The verdicts on a batch, from the integers of a reply that start at `begin`. */
export function verdictsOf(
  batch: readonly StoreRequest[],
  mode: BatchMode,
  integers: readonly number[],
  begin: number,
  nowUs: number,
): readonly Verdict[] {
  const [only] = batch;
  if (only !== undefined && batch.length === 1) {
    return [verdictOf(only, { integers, start: begin, nowUs, isPeek: false })];
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
    const isPeek = !isTaken && passing[index] === true;
    const verdict = verdictOf(request, { integers, start, nowUs, isPeek });
    start += replyLengthOf(request);
    return verdict;
  });
}

function passes(request: StoreRequest, integers: readonly number[], start: number): boolean {
  const unitsWidth = unitsWidthOf(request);
  const areUnitsFree = unitsWidth === 0 || integers[start] === ALLOWED;
  const isSlotFree = slotLimitOf(request) === null || integers[start + unitsWidth] === ALLOWED;
  return areUnitsFree && isSlotFree;
}

function verdictOf(request: StoreRequest, reply: ReplySlice): Verdict {
  const rate = rateVerdictOf(request, reply);
  const slots = slotLimitOf(request);
  if (slots === null) return rate;
  const start = reply.start + unitsWidthOf(request);
  const found = slotVerdictOf(slots, reply.integers, start);
  const waits = found.denial === 'slot' && isWaiting(request);
  const slot = waits ? waitingSince(found, reply.nowUs) : found;
  return countsUnits(request.policy) ? joinVerdicts(rate, slot) : slot;
}

function isWaiting({ leaseId, mostPlaces = 0 }: StoreRequest): boolean {
  return leaseId !== null && mostPlaces > 0;
}

function rateVerdictOf(request: StoreRequest, reply: ReplySlice): Verdict {
  const { policy } = request;
  return countsUnits(policy) ? counterOf(policy).decode(policy, request, reply) : NO_UNITS;
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
