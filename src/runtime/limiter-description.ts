import type { IdentifierSourceText } from '../identifiers/identifier-source.js';
import type { FailureMode, LimiterPolicy } from '../core/policy.js';
import type { RegisteredLimiter } from '../limiter/limiter-set.js';

/** The description of a limiter for operators. */
export interface LimiterDescription {
  readonly id: string;
  /** The id of its store. */
  readonly storeId: string;
  readonly policy: LimiterPolicy;
  readonly failureMode: FailureMode;
  /** Milliseconds; null when only the store's own timeout applies. */
  readonly timeoutMs: number | null;
  readonly identifyBy: readonly IdentifierSourceText[];
}

/** Describes a limiter: a frozen copy. */
export function describeLimiter({ limiter, identifyBy }: RegisteredLimiter): LimiterDescription {
  return Object.freeze({
    id: limiter.id,
    storeId: limiter.store.id,
    policy: limiter.policy,
    failureMode: limiter.failureMode,
    timeoutMs: limiter.timeoutMs,
    identifyBy: Object.freeze([...identifyBy]),
  });
}
