import { isStoreUnavailableError, StoreUnavailableError } from '../../../core/errors/index.js';
import { classify, ofSentinels } from './classify-error.js';

/** The store and the server of a failure. */
export interface FailureOrigin {
  readonly storeId: string;
  /** Host and port, without credentials. */
  readonly address: string | null;
}

/** Converts an error. The foreign error is dropped, because it may hold the password. */
export function failureOf(
  error: unknown,
  { storeId, address }: FailureOrigin,
): StoreUnavailableError {
  if (isStoreUnavailableError(error)) return error;
  return new StoreUnavailableError({ storeId, address, ...classify(error) });
}

/** Converts a failure of a sentinel, which says nothing of the server that it monitors. */
export function failureOfSentinel(
  { storeId, kind, failureCode, address }: StoreUnavailableError,
  masterName: string,
): StoreUnavailableError {
  const found = ofSentinels({ kind, failureCode });
  const origin = { storeId, address: `${masterName} by ${address ?? 'a sentinel'}` };
  return new StoreUnavailableError({ ...origin, ...found });
}
