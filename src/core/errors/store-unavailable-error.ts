import { RateSyncError } from './rate-sync-error.js';
import type { StoreFailureKind } from './store-cause.js';
import { causeOf, describeFailure } from './store-causes.js';

export type { StoreFailureKind } from './store-cause.js';

/** The facts of a `StoreUnavailableError`. */
export interface StoreFailure {
  readonly storeId: string;
  readonly kind: StoreFailureKind;
  /** The error code of the server or the system (`ECONNREFUSED`, `OOM`), if any. */
  readonly failureCode?: string | null;
  /** Host and port, without credentials. */
  readonly address?: string | null;
  /** Missing permissions (`+get +set`) or unsupported commands, if that is the cause. */
  readonly missing?: string | null;
}

/**
 * A store is unavailable. The message states the cause and how to fix it. There is no `cause`: errors
 * of clients contain commands, and with them passwords and identifiers.
 */
export class StoreUnavailableError extends RateSyncError {
  readonly storeId: string;
  readonly kind: StoreFailureKind;
  readonly failureCode: string | null;
  readonly address: string | null;
  /** Missing permissions (`+get +set`) or unsupported commands; null for other causes. */
  readonly missing: string | null;

  constructor({ storeId, kind, failureCode = null, address = null, missing = null }: StoreFailure) {
    const subject = `store "${storeId}"${address === null ? '' : ` at ${address}`}`;
    const sentence = describeFailure(subject, { kind, failureCode, missing });
    super('RATE_SYNC_STORE_UNAVAILABLE', `${sentence} ${causeOf(kind, failureCode).fix}`);
    this.storeId = storeId;
    this.kind = kind;
    this.failureCode = failureCode;
    this.address = address;
    this.missing = missing;
  }
}
