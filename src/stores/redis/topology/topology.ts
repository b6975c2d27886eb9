import type { StoreUnavailableError } from '../../../core/errors/index.js';
import type { StoreStatus } from '../../../core/store-status.js';
import type { PendingOperation } from '../batching/pending-operation.js';

/** The servers of a store, and which of them serves a key. */
export interface Topology {
  /** Its name for operators. */
  readonly name: string;
  /** Whether the keys of a call must be in one hash slot; null while that is not known. */
  readonly isCluster: boolean | null;
  /** The address of the store, without credentials; null where it is not known. */
  readonly address: string | null;
  /** The hash slot of the keys of an operation; 0 where hash slots do not matter. */
  hashSlotOf(keys: readonly string[]): number;
  /** Why operations for this hash slot fail now; null when they can be sent. */
  unavailableReason(hashSlot: number): StoreUnavailableError | null;
  /** Sends an operation to the server of its hash slot. */
  submit(pending: PendingOperation): void;
  /** Connects. */
  open(): void;
  /** The status of its servers, without any I/O. */
  status(): StoreStatus;
  /** Settles when every server is ready; rejects with the first reason why one is not. */
  ready(): Promise<void>;
  close(): Promise<void>;
}
