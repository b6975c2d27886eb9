import type { StoreUnavailableError } from '../../../core/errors/index.js';
import type { StoreStatus } from '../../../core/store-status.js';
import type { PendingOperation } from '../batching/pending-operation.js';
import { hashSlotOfKeys } from '../protocol/keys.js';
import { statusOf } from './node-status.js';
import type { Server } from './server.js';
import type { Topology } from './topology.js';

/** A single server, the master that sentinels name, or a client of the application. */
export class SingleServer implements Topology {
  readonly name: string;
  readonly isCluster: boolean;
  readonly address: string | null;
  readonly #server: Server;

  constructor(
    { name, isCluster, address }: Pick<Topology, 'name' | 'address'> & { isCluster: boolean },
    server: Server,
  ) {
    this.name = name;
    this.isCluster = isCluster;
    this.address = address;
    this.#server = server;
  }

  hashSlotOf(keys: readonly string[]): number {
    return this.isCluster ? hashSlotOfKeys(keys) : 0;
  }

  unavailableReason(): StoreUnavailableError | null {
    return this.#server.unavailableReason();
  }

  submit(pending: PendingOperation): void {
    this.#server.submit(pending);
  }

  open(): void {
    this.#server.open();
  }

  status(): StoreStatus {
    return statusOf([this.#server.status], true);
  }

  ready(): Promise<void> {
    return this.#server.ready();
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}
