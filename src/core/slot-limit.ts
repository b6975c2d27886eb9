import type { ConcurrencyLimit } from './policy.js';
import type { StoreRequest } from './store.js';

/**
 * The slots that a request is about; null when it is about units alone. It takes a slot, or it is a
 * look, which is at everything.
 */
export function slotLimitOf({ leaseId, cost, policy }: StoreRequest): ConcurrencyLimit | null {
  const isAboutUnits = leaseId === null && cost > 0 && policy.algorithm !== 'concurrency';
  return isAboutUnits ? null : (policy.concurrency ?? null);
}
