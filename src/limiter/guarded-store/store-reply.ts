import { StoreUnavailableError } from '../../core/errors/index.js';
import type { MaybePromise } from '../../core/maybe-promise.js';
import type { StoreRequest, Verdict } from '../../core/store.js';

/** The verdicts of a store, or its failure. */
export type StoreReply = readonly Verdict[] | StoreUnavailableError;

/**
 * Whether a store has replied synchronously, with verdicts. Testing for an array is several times as
 * fast as testing for a promise, and this runs for every decision.
 */
export function isVerdicts(reply: MaybePromise<StoreReply>): reply is readonly Verdict[] {
  return Array.isArray(reply);
}

/** The verdicts; a failure when the reply is not one verdict per request. */
export function checkedReply(
  reply: unknown,
  batch: readonly StoreRequest[],
  store: { readonly id: string },
): StoreReply {
  const isValid = Array.isArray(reply) && reply.length === batch.length && reply.every(isVerdict);
  if (isValid) return reply as readonly Verdict[];
  return new StoreUnavailableError({ storeId: store.id, kind: 'data' });
}

function isVerdict(item: unknown): boolean {
  return typeof (item as Partial<Verdict> | null | undefined)?.allowed === 'boolean';
}
