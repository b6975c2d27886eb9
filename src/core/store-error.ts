import { codeOf, RateSyncError } from './rate-sync-error.js';

/** Why a store could not answer, in one word. */
export type StoreFailureKind =
  | 'timeout'
  | 'connection'
  | 'auth'
  | 'tls'
  | 'oom'
  | 'readonly'
  | 'loading'
  | 'busy'
  | 'misconf'
  | 'noperm'
  | 'cluster_down'
  | 'overload'
  | 'circuit_open'
  | 'data'
  | 'unknown';

/** What is known of a store that could not answer. */
export interface StoreFailure {
  readonly store: string;
  readonly kind: StoreFailureKind;
  /** The server's or the system's error code (`ECONNREFUSED`, `OOM`), if there was one. */
  readonly code?: string | null;
  /** Host and port, without credentials. */
  readonly address?: string | null;
}

/**
 * A store could not answer. Carries no foreign error object: those hold commands, and with them
 * passwords and identifiers.
 */
export class StoreUnavailableError extends RateSyncError {
  readonly store: string;
  readonly kind: StoreFailureKind;
  readonly failureCode: string | null;
  readonly address: string | null;

  constructor({ store, kind, code = null, address = null }: StoreFailure) {
    const at = address === null ? '' : ` at ${address}`;
    const detail = code === null ? kind : `${kind}, ${code}`;
    super(
      'RATE_SYNC_STORE_UNAVAILABLE',
      `store "${store}"${at} did not answer (${detail}). ` +
        'Check that it runs and that this process may reach it.',
    );
    this.store = store;
    this.kind = kind;
    this.failureCode = code;
    this.address = address;
  }
}

/** True for a `StoreUnavailableError`. */
export function isStoreUnavailableError(error: unknown): error is StoreUnavailableError {
  return codeOf(error) === 'RATE_SYNC_STORE_UNAVAILABLE';
}
