import { RateSyncError } from './rate-sync-error.js';
import type { StoreFailureKind } from './store-cause.js';
import { causeOf, describeFailure } from './store-causes.js';

export type { StoreFailureKind } from './store-cause.js';

/** What is known of a store that could not answer. */
export interface StoreFailure {
  readonly storeId: string;
  readonly kind: StoreFailureKind;
  /** The server's or the system's error code (`ECONNREFUSED`, `OOM`), if there was one. */
  readonly failureCode?: string | null;
  /** Host and port, without credentials. */
  readonly address?: string | null;
  /** What the user lacks (`+get +set`) or the server does not know, if that is the cause. */
  readonly missing?: string | null;
}

/**
 * A store could not answer. Its message is a sentence of ours for the cause, and what to do. Carries
 * no foreign error object: those hold commands, and with them passwords and identifiers.
 */
export class StoreUnavailableError extends RateSyncError {
  readonly storeId: string;
  readonly kind: StoreFailureKind;
  readonly failureCode: string | null;
  readonly address: string | null;
  /** What the user lacks (`+get +set`) or the server does not know; null: that is not the cause. */
  readonly missing: string | null;

  constructor({ storeId, kind, failureCode = null, address = null, missing = null }: StoreFailure) {
    const who = `store "${storeId}"${address === null ? '' : ` at ${address}`}`;
    const sentence = describeFailure(who, { kind, failureCode, missing });
    super('RATE_SYNC_STORE_UNAVAILABLE', `${sentence} ${causeOf(kind, failureCode).fix}`);
    this.storeId = storeId;
    this.kind = kind;
    this.failureCode = failureCode;
    this.address = address;
    this.missing = missing;
  }
}
