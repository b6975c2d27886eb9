import { capacityOf, recoveryMsOf } from '../../../algorithms/algorithms.js';
import type { HttpSettings } from '../../../config/index.js';
import type { CompositeDecision } from '../../../core/decision.js';
import { countsUnits, type LimiterPolicy } from '../../../core/policy.js';
import type { TakenLimit } from '../call-record.js';
import {
  CACHE_CONTROL,
  LEGACY_LIMIT,
  LEGACY_REMAINING,
  LEGACY_RESET,
  RATE_LIMIT,
  RATE_LIMIT_POLICY,
  RETRY_AFTER,
  type HeaderName,
} from './header-names.js';

/** Sets one header of the response at hand. */
export type SetHeader = (name: HeaderName, value: string) => void;

/**
 * Writes the state of the limits. Writes nothing about limits that no store decided: their state is
 * unknown.
 */
export function writeHeaders(
  headers: HttpSettings['headers'],
  taken: readonly TakenLimit[],
  decision: CompositeDecision,
  set: SetHeader,
): void {
  const known = taken.filter(({ answer }) => answer.verdict !== null);
  if (known.length === 0) return;
  if (headers.includes('draft')) writeDraft(known, set);
  if (headers.includes('legacy') && !decision.binding.degraded) writeLegacy(decision, set);
}

/** Headers of a denial: when to retry, and that no cache may store the response. */
export function writeDenial(retryAfterSeconds: number, set: SetHeader): void {
  set(RETRY_AFTER, String(retryAfterSeconds));
  set(CACHE_CONTROL, 'no-store');
}

/**
 * Whole seconds until a denied call may be retried, rounded up and at least 1. A cost that can
 * never fit has no such moment; then it is the time that the limit takes to recover completely.
 */
export function retryAfterSeconds(policy: LimiterPolicy, retryAfterMs: number): number {
  const waitMs = Number.isFinite(retryAfterMs) ? retryAfterMs : recoveryMsOf(policy);
  return Math.max(1, toSeconds(waitMs));
}

/** `RateLimit-Policy` and `RateLimit` as in draft-ietf-httpapi-ratelimit-headers-10. */
function writeDraft(known: readonly TakenLimit[], set: SetHeader): void {
  const policies = known.map(({ policy, answer }) => policyItem(policy, answer.decision.limiterId));
  const states = known.map(({ answer: { decision, verdict } }) => {
    const moreSeconds = toSeconds(verdict?.moreAfterMs ?? 0);
    return `"${decision.limiterId}";r=${String(decision.remaining)};t=${String(moreSeconds)}`;
  });
  set(RATE_LIMIT_POLICY, policies.join(', '));
  set(RATE_LIMIT, states.join(', '));
}

function writeLegacy({ binding }: CompositeDecision, set: SetHeader): void {
  set(LEGACY_LIMIT, String(binding.limit));
  set(LEGACY_REMAINING, String(binding.remaining));
  set(LEGACY_RESET, String(toSeconds(Date.now() + binding.resetAfterMs)));
}

const quotas = new WeakMap<LimiterPolicy, string>();

/** A limiter's item of `RateLimit-Policy`. Its parameters are computed once: policies do not change. */
function policyItem(policy: LimiterPolicy, limiterId: string): string {
  let parameters = quotas.get(policy);
  if (parameters === undefined) {
    parameters = quota(policy);
    quotas.set(policy, parameters);
  }
  return `"${limiterId}"${parameters}`;
}

function quota(policy: LimiterPolicy): string {
  const capacity = `;q=${String(capacityOf(policy))}`;
  if (!countsUnits(policy)) return `${capacity};qu="concurrent-requests"`;
  return `${capacity}${windowParameter(recoveryMsOf(policy))}`;
}

/** The draft knows only whole seconds; a window that is none is left out. */
function windowParameter(windowMs: number): string {
  return windowMs % 1000 === 0 ? `;w=${String(windowMs / 1000)}` : '';
}

function toSeconds(ms: number): number {
  return Math.ceil(ms / 1000);
}
