import type { Decision } from '../core/decision.js';
import { capacityOf } from '../algorithms/algorithms.js';
import { StoreUnavailableError } from '../core/errors/index.js';
import type { FailureMode, LimiterPolicy } from '../core/policy.js';
import type { Verdict } from '../core/store.js';
import { degradedDecision } from '../resilience/failure-mode.js';
import { isVerdicts, type GuardedStore, type StoreAnswer } from './guarded-store.js';
import type { Observers } from './observers.js';

/** What a batch needs to know of a limiter. */
export interface LimiterHandle {
  readonly id: string;
  readonly policy: LimiterPolicy;
  readonly store: GuardedStore;
  /** What the ids of its leases begin with, up to the colon. */
  readonly leaseOwner: string;
  readonly failureMode: FailureMode;
  /** Is told that a slot of an identifier came back: somebody may wait for it. */
  slotReturned(identifier: string): void;
  /** The longest that a check may take, beside the store's own bound; null for that bound alone. */
  readonly timeoutMs: number | null;
}

/** A decision, and what it rests on: the store's verdict, or its failure. */
export interface Answer {
  readonly decision: Decision;
  readonly verdict: Verdict | null;
  readonly failure: StoreUnavailableError | null;
}

/** What a store said of a batch of one. Reports a failure. */
export function answerOf(
  limiter: LimiterHandle,
  said: StoreAnswer,
  subscribers: Observers,
): Answer {
  const answer = readAnswer(limiter, said);
  if (answer.failure !== null) reportFailure([limiter], answer.failure, subscribers);
  return answer;
}

/** The same without reporting. */
export function readAnswer(limiter: LimiterHandle, said: StoreAnswer): Answer {
  const verdict = isVerdicts(said) ? said[0] : undefined;
  return verdict === undefined
    ? degraded(limiter, failureOf(limiter, said))
    : decided(limiter, verdict);
}

/** A store's verdict as a decision. */
export function decided({ id }: LimiterHandle, verdict: Verdict): Answer {
  return { decision: decisionOf(id, verdict), verdict, failure: null };
}

/** A store's verdict, as callers see it. */
export function decisionOf(limiterId: string, verdict: Verdict): Decision {
  return {
    limiterId,
    allowed: verdict.allowed,
    limit: verdict.limit,
    remaining: verdict.remaining,
    retryAfterMs: verdict.retryAfterMs,
    resetAfterMs: verdict.resetAfterMs,
    reason: verdict.allowed ? 'within_limit' : 'over_limit',
    degraded: false,
  };
}

/** The limiter's failure mode as a decision. */
export function degraded(
  { id, policy, failureMode }: LimiterHandle,
  failure: StoreUnavailableError,
): Answer {
  return {
    decision: degradedDecision(id, capacityOf(policy), failureMode),
    verdict: null,
    failure,
  };
}

/** A store that answered with too few verdicts has failed as well. */
export function failureOf(limiter: LimiterHandle, said: StoreAnswer): StoreUnavailableError {
  if (!isVerdicts(said)) return said;
  return new StoreUnavailableError({ storeId: limiter.store.id, kind: 'data' });
}

export function reportFailure(
  limiters: readonly LimiterHandle[],
  failure: StoreUnavailableError,
  subscribers: Observers,
): void {
  subscribers.degraded({
    storeId: failure.storeId,
    limiterIds: limiters.map((limiter) => limiter.id),
    modes: limiters.map((limiter) => limiter.failureMode),
    kind: failure.kind,
    failureCode: failure.failureCode,
  });
}
