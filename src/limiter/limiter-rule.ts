import type { FailureMode, LimiterPolicy } from '../core/policy.js';
import type { GuardedStore } from './guarded-store/guarded-store.js';

/** The part of a limiter that a reload may change. */
export interface LimiterRule {
  readonly policy: LimiterPolicy;
  readonly failureMode: FailureMode;
  readonly timeoutMs: number | null;
}

/** The definition of a limiter. */
export interface LimiterDefinition extends LimiterRule {
  readonly id: string;
  readonly store: GuardedStore;
}
