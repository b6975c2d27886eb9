import type { Decision } from '../core/decision.js';
import type { FailureMode } from '../core/policy.js';

/** The wait that a fail-closed decision suggests, in milliseconds. */
const RETRY_AFTER_MS = 1_000;

/** The decision of a failure mode. It is marked as degraded; `remaining` is 0 because it is unknown. */
export function degradedDecision(limiterId: string, limit: number, mode: FailureMode): Decision {
  const allowed = mode === 'fail_open';
  return {
    limiterId,
    allowed,
    limit,
    remaining: 0,
    retryAfterMs: allowed ? 0 : RETRY_AFTER_MS,
    resetAfterMs: allowed ? 0 : RETRY_AFTER_MS,
    reason: mode,
    degraded: true,
  };
}
