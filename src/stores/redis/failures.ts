import { isStoreUnavailableError, StoreUnavailableError } from '../../core/errors.js';
import { classify, ofSentinels } from './classify-error.js';
import { failGroup, type Group } from './group.js';

/** Which store and which of its servers failed. */
export interface Place {
  readonly store: string;
  /** Host and port, without credentials. */
  readonly address: string | null;
}

/** What a failure is, without the foreign error: that one may hold the password. */
export function failureOf(error: unknown, { store, address }: Place): StoreUnavailableError {
  if (isStoreUnavailableError(error)) return error;
  return new StoreUnavailableError({ store, address, ...classify(error) });
}

/** The same failure, of a sentinel: what it says is not about the server that it stands for. */
export function failureOfSentinel(
  { store, kind, failureCode, address }: StoreUnavailableError,
  masterName: string,
): StoreUnavailableError {
  const found = ofSentinels({ kind, code: failureCode });
  const place = { store, address: `${masterName} by ${address ?? 'a sentinel'}` };
  return new StoreUnavailableError({ ...place, ...found });
}

/** Fails a group for which there is no room. */
export function overloaded(group: Group, { store, address }: Place): void {
  failGroup(group, new StoreUnavailableError({ store, kind: 'overload', address }));
}
