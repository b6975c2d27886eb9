import { isStoreUnavailableError, StoreUnavailableError } from '../../../core/errors/index.js';
import { classify, ofSentinels } from './classify-error.js';

/** Which store and which of its servers failed. */
export interface FailureOrigin {
  readonly storeId: string;
  /** Host and port, without credentials. */
  readonly address: string | null;
}

/** What a failure is, without the foreign error: that one may hold the password. */
export function failureOf(
  error: unknown,
  { storeId, address }: FailureOrigin,
): StoreUnavailableError {
  if (isStoreUnavailableError(error)) return error;
  return new StoreUnavailableError({ storeId, address, ...classify(error) });
}

/** The same failure, of a sentinel: what it says is not about the server that it stands for. */
export function failureOfSentinel(
  { storeId, kind, failureCode, address }: StoreUnavailableError,
  masterName: string,
): StoreUnavailableError {
  const found = ofSentinels({ kind, failureCode: failureCode });
  const origin = { storeId, address: `${masterName} by ${address ?? 'a sentinel'}` };
  return new StoreUnavailableError({ ...origin, ...found });
}
