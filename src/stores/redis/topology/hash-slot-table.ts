import type { StoreStatus } from '../../../core/store-status.js';
import { addressOf, type HostEndpoint } from '../endpoint.js';
import { findHashTag } from '../protocol/keys.js';
import { HASH_SLOTS, type HashSlotRange } from './hash-slots.js';
import { statusOf } from './node-status.js';
import type { Server } from './server.js';

/** Which server of a cluster serves which hash slot. Empty while that is not known. */
export class HashSlotTable {
  readonly #servers: (Server | undefined)[];

  constructor(servers: (Server | undefined)[] = []) {
    this.#servers = servers;
  }

  /** A table in which one server serves all hash slots. */
  static of(server: Server): HashSlotTable {
    return new HashSlotTable(new Array<Server>(HASH_SLOTS).fill(server));
  }

  /** A table by ranges. A hash slot whose primary is not one of `addresses` has no server. */
  static ofRanges(
    ranges: readonly HashSlotRange[],
    addresses: ReadonlySet<string>,
    serverAt: (endpoint: HostEndpoint) => Server,
  ): HashSlotTable {
    const servers = new Array<Server | undefined>(HASH_SLOTS).fill(undefined);
    for (const { first, last, primary } of ranges) {
      if (addresses.has(addressOf(primary))) servers.fill(serverAt(primary), first, last + 1);
    }
    return new HashSlotTable(servers);
  }

  get isEmpty(): boolean {
    return this.#servers.length === 0;
  }

  /** Whether every hash slot has a server. */
  get isCovered(): boolean {
    return !this.isEmpty && !this.#servers.includes(undefined);
  }

  get servers(): readonly Server[] {
    return [...new Set(this.#servers)].filter((server) => server !== undefined);
  }

  serverOf(hashSlot: number): Server | undefined {
    return this.#servers[hashSlot];
  }

  /** A hash tag in a hash slot of this server; null when it serves none. */
  hashTagOf(server: Server): string | null {
    if (!this.#servers.includes(server)) return null;
    return findHashTag((hashSlot) => this.#servers[hashSlot] === server);
  }

  /** Notes that one hash slot has moved to another server. */
  move(hashSlot: number, server: Server): void {
    this.#servers[hashSlot] = server;
  }

  /** The status of a cluster; by all of its `members` while a hash slot has no server. */
  statusOr(members: readonly Server[]): StoreStatus {
    const servers = this.isCovered ? this.servers : members;
    const nodes = servers.map(({ status }) => status);
    return statusOf(nodes, this.isCovered);
  }
}
