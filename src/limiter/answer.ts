import { capacityOf } from '../algorithms/algorithms.js';
import type { Decision } from '../core/decision.js';
import { StoreUnavailableError } from '../core/errors/index.js';
import type { FailureMode, LimiterPolicy } from '../core/policy.js';
import type { Verdict } from '../core/store.js';
import { degradedDecision } from '../resilience/failure-mode.js';
import { isVerdicts, type GuardedStore, type StoreAnswer } from './guarded-store/guarded-store.js';

/** What a decision needs to know of a limiter. */
export interface LimiterHandle {
  readonly id: string;
  readonly policy: LimiterPolicy;
  readonly store: GuardedStore;
  /** What the ids of its leases begin with, up to the colon. */
  readonly leaseOwner: string;
  readonly failureMode: FailureMode;
  /** A slot of an identifier is free again; a request may be waiting for it. */
  slotReleased(identifier: string): void;
  /** The longest that a check may take, beside the store's own bound; null for that bound alone. */
  readonly timeoutMs: number | null;
}

/** A decision, and what it rests on: the store's verdict, or its failure. */
export interface Answer {
  readonly decision: Decision;
  readonly verdict: Verdict | null;
  readonly failure: StoreUnavailableError | null;
}

/** The answer to a batch of one. */
export function answerOf(limiter: LimiterHandle, reply: StoreAnswer): Answer {
  const verdict = isVerdicts(reply) ? reply[0] : undefined;
  return verdict === undefined
    ? degraded(limiter, failureOf(limiter, reply))
    : decided(limiter, verdict);
}

/** A store's verdict as an answer. */
export function decided({ id }: LimiterHandle, verdict: Verdict): Answer {
  return { decision: decisionOf(id, verdict), verdict, failure: null };
}

/** A store's verdict as a decision. */
function decisionOf(limiterId: string, verdict: Verdict): Decision {
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

/** The limiter's failure mode as an answer. */
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

/** Why a store has no verdict; one that replied with too few verdicts has failed as well. */
export function failureOf(limiter: LimiterHandle, reply: StoreAnswer): StoreUnavailableError {
  if (!isVerdicts(reply)) return reply;
  return new StoreUnavailableError({ storeId: limiter.store.id, kind: 'data' });
}

export function isAllowed({ decision }: Answer): boolean {
  return decision.allowed;
}
