import type { FailureMode, LimiterPolicy } from '../core/policy.js';
import type { GuardedStore } from './guarded-store/guarded-store.js';

/** What of a limiter may change while it is used. */
export interface LimiterRule {
  readonly policy: LimiterPolicy;
  readonly failureMode: FailureMode;
  readonly timeoutMs: number | null;
}

/** What a limiter is made of. */
export interface LimiterDefinition extends LimiterRule {
  readonly id: string;
  readonly store: GuardedStore;
}
