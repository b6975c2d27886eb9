import type { StoreUnavailableError } from '../../../core/errors/index.js';
import type { StoreStatus } from '../../../core/store-status.js';
import type { PendingOperation } from '../batching/pending-operation.js';

/** The servers of a store, and which of them answers for a key. */
export interface Topology {
  /** What operators call it. */
  readonly name: string;
  /** Whether keys of one call must share a slot; null while it is not known. */
  readonly isCluster: boolean | null;
  /** Where the store is, without credentials. */
  readonly address: string | null;
  /** Why nothing can be asked about this slot now; null when it can. */
  unavailableReason(slot: number): StoreUnavailableError | null;
  /** Puts an operation on its way to the server of its slot. */
  submit(pending: PendingOperation): void;
  /** Connects. */
  open(): void;
  /** How its servers are, by what is known already. */
  status(): StoreStatus;
  /** Settles when every server has proved itself; rejects with the first reason why one cannot. */
  ready(): Promise<void>;
  close(): Promise<void>;
}
