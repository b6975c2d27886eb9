import { capacityOf } from '../algorithms/algorithms.js';
import type { Decision } from '../core/decision.js';
import { StoreUnavailableError } from '../core/errors/index.js';
import type { FailureMode, LimiterPolicy } from '../core/policy.js';
import type { Verdict } from '../core/store.js';
import { degradedDecision } from '../resilience/failure-mode.js';
import { isVerdicts, type GuardedStore, type StoreReply } from './guarded-store/guarded-store.js';

/** The properties of a limiter that a decision requires. */
export interface LimiterHandle {
  readonly id: string;
  readonly policy: LimiterPolicy;
  readonly store: GuardedStore;
  /** The prefix of the ids of its leases, up to the colon. */
  readonly leaseOwner: string;
  readonly failureMode: FailureMode;
  /** A slot of an identifier was released; a request may be waiting for it. */
  slotReleased(identifier: string): void;
  /** The timeout of a decision, within the store's own timeout; null for the latter alone. */
  readonly timeoutMs: number | null;
}

/** A decision and its source: the verdict of the store, or its failure. */
export interface Answer {
  readonly decision: Decision;
  readonly verdict: Verdict | null;
  readonly failure: StoreUnavailableError | null;
}

/** The answer to a batch of one. */
export function answerOf(limiter: LimiterHandle, reply: StoreReply): Answer {
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

/** The decision of the failure mode as an answer. */
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

/** The failure in a reply; a reply with too few verdicts is a failure as well. */
export function failureOf(limiter: LimiterHandle, reply: StoreReply): StoreUnavailableError {
  if (!isVerdicts(reply)) return reply;
  return new StoreUnavailableError({ storeId: limiter.store.id, kind: 'data' });
}

export function isAllowed({ decision }: Answer): boolean {
  return decision.allowed;
}
