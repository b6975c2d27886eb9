import { AcquireTimeoutError, CostExceedsLimitError } from '../../core/errors/index.js';
import type { Answer } from '../answer.js';
import type { Lease } from '../limiter.js';

/** The lease of an allowed answer; throws the error of a denied one. */
export function leaseOrThrow(
  { decision, failure }: Answer,
  lease: Lease,
  { cost, timeoutMs }: Readonly<{ cost: number; timeoutMs: number }>,
): Lease {
  const { limiterId, allowed, limit, retryAfterMs } = decision;
  if (allowed) return lease;
  if (failure !== null) throw failure;
  if (retryAfterMs === Number.POSITIVE_INFINITY) {
    throw new CostExceedsLimitError(limiterId, cost, limit);
  }
  throw new AcquireTimeoutError(limiterId, timeoutMs, retryAfterMs);
}
