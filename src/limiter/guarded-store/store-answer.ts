import { StoreUnavailableError } from '../../core/errors/index.js';
import type { MaybePromise } from '../../core/maybe-promise.js';
import type { StoreRequest, Verdict } from '../../core/store.js';

/** What a store said, or why it said nothing. */
export type StoreAnswer = readonly Verdict[] | StoreUnavailableError;

/**
 * Whether a store has answered already, and with verdicts. Asking for an array is several times as
 * fast as asking for a promise, and this is asked for every decision.
 */
export function isVerdicts(said: MaybePromise<StoreAnswer>): said is readonly Verdict[] {
  return Array.isArray(said);
}

/** A store that answers something else than one verdict per request has failed as well. */
export function understood(
  said: unknown,
  batch: readonly StoreRequest[],
  store: { readonly id: string },
): StoreAnswer {
  const isAnswer = Array.isArray(said) && said.length === batch.length && said.every(isVerdict);
  if (isAnswer) return said as readonly Verdict[];
  return new StoreUnavailableError({ storeId: store.id, kind: 'data' });
}

function isVerdict(said: unknown): boolean {
  return typeof (said as Partial<Verdict> | null | undefined)?.allowed === 'boolean';
}
