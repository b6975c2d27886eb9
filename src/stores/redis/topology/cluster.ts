import type { Clock } from '../../../core/clock.js';
import { StoreUnavailableError, type StoreFailureKind } from '../../../core/errors/index.js';
import type { StoreStatus } from '../../../core/store-status.js';
import { failOperation, type PendingOperation } from '../batching/pending-operation.js';
import { addressOf, hostOf, type Endpoint } from '../endpoint.js';
import { hashSlotOfKeys } from '../protocol/keys.js';
import { ClusterMembers, ConnectionCeiling, type Member } from './cluster-members.js';
import { HashSlotTable } from './hash-slot-table.js';
import { readHashSlotRanges, type HashSlotRange } from './hash-slots.js';
import { sayHelloAndRecord } from './node-status.js';
import { PeriodicCheck } from './periodic-check.js';
import { ReadinessWaiters } from './readiness.js';
import { Redirects } from './redirects.js';
import type { Server } from './server.js';
import type { TopologyHooks } from './server-options.js';
import type { Topology } from './topology.js';

/** Between two checks of the hash slots: while all is well, while a server is missing, at once. */
const CHECK_EVERY_MS = 5_000;
const CHECK_AGAIN_MS = 200;
const CHECK_SOON_MS = 20;

/** The failure of operations for a hash slot without a server. */
const UNCOVERED = ['cluster_down', 'UNCOVERED_SLOT'] as const;

export interface ClusterOptions {
  readonly storeId: string;
  readonly seeds: readonly Endpoint[];
  /** `auto`: a seed that is not in cluster mode is used as the only server. */
  readonly mode: 'auto' | 'cluster';
  /** The most servers that are connected to at once; null: no ceiling. */
  readonly maxConnections: number | null;
  readonly clock: Clock;
  readonly openServer: (endpoint: Endpoint, hooks: Omit<TopologyHooks, 'isOwned'>) => Server;
}

/**
 * The primaries of a cluster, each with its own connection, queue and circuit breaker.
 *
 * Any of them reports which primary serves which hash slot. The store reads that when it connects,
 * after a redirection, after a lost connection, and every few seconds. It does not connect to
 * replicas. A seed that is a single server serves all hash slots. Primaries beyond the ceiling are
 * not connected to: at the start that is an error, later operations for their hash slots fail.
 */
export class Cluster implements Topology {
  readonly #options: ClusterOptions;
  readonly #members = new ClusterMembers();
  readonly #redirects: Redirects;
  readonly #readiness = new ReadinessWaiters();
  readonly #ceiling: ConnectionCeiling;
  readonly #checks: PeriodicCheck;
  #hashSlots = new HashSlotTable();
  #isCluster: boolean | null;
  #isClosed = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#isCluster = options.mode === 'cluster' ? true : null;
    this.#ceiling = new ConnectionCeiling(options.maxConnections);
    this.#checks = new PeriodicCheck(
      options.clock,
      () => this.#checkHashSlots(),
      () => this.#pauseMs(),
    );
    this.#redirects = new Redirects({
      ...options,
      serverAt: (endpoint) => {
        const isMember = this.#members.has(addressOf(endpoint));
        const mayConnect = isMember || this.#ceiling.holds(this.#members.size + 1);
        return mayConnect ? this.#memberAt(endpoint).server : null;
      },
      onMoved: (hashSlot, server) => {
        this.#isCluster = true;
        this.#hashSlots.move(hashSlot, server);
        this.#checks.plan(CHECK_SOON_MS);
      },
      onDoubt: (isCluster) => {
        if (isCluster) this.#isCluster = true;
        this.#checks.plan(CHECK_SOON_MS);
      },
      submit: (pending) => {
        this.submit(pending);
      },
    });
    for (const seed of options.seeds) this.#memberAt(seed);
  }

  get name(): string {
    if (this.#isCluster === null) return 'auto';
    return this.#isCluster ? 'cluster' : 'single';
  }

  get isCluster(): boolean | null {
    return this.#isCluster;
  }

  get address(): string {
    return this.#options.seeds.map(addressOf).join(',');
  }

  hashSlotOf(keys: readonly string[]): number {
    return this.#isCluster === false ? 0 : hashSlotOfKeys(keys);
  }

  unavailableReason(hashSlot: number): StoreUnavailableError | null {
    const server = this.#serverOf(hashSlot);
    return server === undefined ? this.#uncovered() : server.unavailableReason();
  }

  submit(pending: PendingOperation): void {
    const server = this.#serverOf(pending.hashSlot);
    if (server === undefined) failOperation(pending, this.#uncovered());
    else server.submit(pending);
  }

  open(): void {
    if (this.#isClosed) return;
    for (const server of this.#members.servers) server.open();
  }

  status(): StoreStatus {
    return this.#hashSlots.statusOr(this.#members.servers);
  }

  async ready(): Promise<void> {
    if (this.#isClosed) throw this.#failure('connection', 'CLOSED');
    if (this.#hashSlots.isEmpty) await this.#readiness.next();
    const hashSlots = this.#hashSlots;
    if (hashSlots.isEmpty) throw this.#failure(...UNCOVERED);
    try {
      await Promise.all(hashSlots.servers.map((server) => server.ready()));
    } catch (error) {
      // Unless the topology changed meanwhile: then the new servers are checked.
      if (hashSlots === this.#hashSlots) throw error;
      await this.ready();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#checks.stop();
    this.#readiness.settle(this.#failure('connection', 'CLOSED'));
    await Promise.all(this.#members.servers.map((server) => server.close()));
  }

  /** The server of a hash slot; while none is known, the first seed, where operations can wait. */
  #serverOf(hashSlot: number): Server | undefined {
    if (!this.#hashSlots.isEmpty) return this.#hashSlots.serverOf(hashSlot);
    const seeds = [...this.#members.values()];
    return (seeds.find(({ isLost }) => !isLost) ?? seeds[0])?.server;
  }

  #uncovered(): StoreUnavailableError {
    const { missing } = this.#ceiling;
    if (missing === null) return this.#failure(...UNCOVERED);
    const { storeId } = this.#options;
    const failure = { storeId, kind: 'topology', failureCode: 'MAX_CONNECTIONS', missing } as const;
    return new StoreUnavailableError(failure);
  }

  #failure(kind: StoreFailureKind, failureCode: string): StoreUnavailableError {
    return new StoreUnavailableError({ storeId: this.#options.storeId, kind, failureCode });
  }

  #memberAt(endpoint: Endpoint): Member {
    const address = addressOf(endpoint);
    const known = this.#members.get(address);
    if (known !== undefined) return known;
    const server = this.#options.openServer(endpoint, {
      isOneSlotPerCall: () => this.#isCluster !== false,
      probeHashTag: () => this.#hashSlots.hashTagOf(server),
      prepare: () => this.#prepare(server, endpoint),
      redirect: (operations, error) => this.#redirects.take(operations, error, endpoint),
      onUp: () => {
        member.isLost = false;
      },
      onDown: (failure) => {
        member.isLost = true;
        this.#lost(failure);
      },
    });
    const member: Member = { endpoint, server, isLost: false };
    this.#members.set(address, member);
    return member;
  }

  /** Finds out on a new connection what the server is, and which primary serves which hash slot. */
  async #prepare(server: Server, endpoint: Endpoint): Promise<void> {
    if (this.#isCluster !== true) {
      const { mode } = await sayHelloAndRecord(server);
      if (mode === 'sentinel') throw this.#failure('topology', 'SENTINEL_MODE');
      this.#isCluster ??= mode === 'cluster';
    }
    if (this.#isCluster) await this.#readHashSlots(server, endpoint);
    else if (this.#hashSlots.isEmpty) this.#hashSlots = HashSlotTable.of(server);
    this.#readiness.settle(null);
  }

  async #readHashSlots(server: Server, endpoint: Endpoint): Promise<void> {
    const ranges = readHashSlotRanges(await server.command('CLUSTER', 'SLOTS'), hostOf(endpoint));
    if (ranges.length > 0 && !this.#isClosed) this.#adopt(ranges);
    this.#checks.plan();
  }

  #adopt(ranges: readonly HashSlotRange[]): void {
    const needed = new Set(ranges.map(({ primary }) => addressOf(primary)));
    const primaries = this.#ceiling.admit(needed, (address) => this.#members.has(address));
    const isFirst = this.#hashSlots.isEmpty;
    if (isFirst && primaries.size < needed.size) throw this.#uncovered();
    const waiting = isFirst ? this.#members.servers.flatMap((server) => server.takeWaiting()) : [];
    const closing = this.#members.closeAllBut(primaries);
    this.#hashSlots = HashSlotTable.ofRanges(
      ranges,
      primaries,
      (endpoint) => this.#memberAt(endpoint).server,
    );
    // Under a ceiling, new connections wait until old ones are closed.
    const open = (): void => {
      this.open();
    };
    if (this.#ceiling.holds(primaries.size + closing.length)) open();
    else void Promise.all(closing).then(open);
    for (const pending of waiting) this.submit(pending);
  }

  #lost(failure: StoreUnavailableError): void {
    const { isAnyLeft } = this.#members;
    if (this.#hashSlots.isEmpty) {
      if (!isAnyLeft) this.#readiness.settle(failure);
    } else if (this.#isCluster === true) {
      // When all members are lost, the seeds may know other ones.
      if (!isAnyLeft) for (const seed of this.#options.seeds) this.#memberAt(seed).server.open();
      this.#checks.plan();
    }
  }

  /** Milliseconds until the next check of the hash slots; null for a single server. */
  #pauseMs(): number | null {
    if (this.#isClosed || this.#isCluster !== true) return null;
    const isComplete = !this.#members.isAnyLost && this.#hashSlots.isCovered;
    return isComplete ? CHECK_EVERY_MS : CHECK_AGAIN_MS;
  }

  async #checkHashSlots(): Promise<void> {
    const member = this.#members.oneUp();
    if (member !== undefined) await this.#readHashSlots(member.server, member.endpoint);
  }
}
