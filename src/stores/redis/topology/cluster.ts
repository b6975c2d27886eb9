import type { Clock } from '../../../core/clock.js';
import { StoreUnavailableError, type StoreFailureKind } from '../../../core/errors/index.js';
import type { StoreStatus } from '../../../core/store-status.js';
import { ClusterMembers, type Member } from './cluster-members.js';
import { ConnectionCeiling } from './connection-ceiling.js';
import { addressOf, hostOf, type Endpoint } from '../endpoint.js';
import { failOperation, type PendingOperation } from '../batching/pending-operation.js';
import { findTag } from '../protocol/keys.js';
import { sayHelloAndRecord, statusOfHashSlots, UNCOVERED } from './node-status.js';
import { ReadinessWaiters } from './readiness.js';
import { Redirects } from './redirects.js';
import { PeriodicCheck } from './periodic-check.js';
import type { Server } from './server.js';
import type { TopologyHooks } from './server-options.js';
import { readHashSlotRanges, HASH_SLOTS, type HashSlotRange } from './hash-slots.js';
import type { Topology } from './topology.js';

/** Between two looks at who has which slot: when all is well, when somebody is missing, at once. */
const LOOK_EVERY_MS = 5_000;
const LOOK_AGAIN_MS = 200;
const LOOK_SOON_MS = 20;

/** What a cluster is made of. */
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
 * The primaries of a cluster, each with a connection, a line and a breaker of its own.
 *
 * Which slot is whose is learnt from any of them, and again when one sends a call elsewhere, when
 * one is lost, and every few seconds. Replicas are not connected to. A seed that turns out to be a
 * server by itself answers for all slots. Primaries beyond the ceiling are not connected to: at the
 * start that is an error, later their slots are refused.
 */
export class Cluster implements Topology {
  readonly #options: ClusterOptions;
  readonly #members = new ClusterMembers();
  readonly #redirects: Redirects;
  readonly #proofs = new ReadinessWaiters();
  readonly #ceiling: ConnectionCeiling;
  #slots: (Server | undefined)[] = [];
  #isCluster: boolean | null;
  readonly #looks: PeriodicCheck;
  #isClosed = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#isCluster = options.mode === 'cluster' ? true : null;
    this.#ceiling = new ConnectionCeiling(options.maxConnections);
    this.#looks = new PeriodicCheck(
      options.clock,
      () => this.#lookAround(),
      () => this.#pauseMs(),
    );
    this.#redirects = new Redirects({
      ...options,
      serverAt: (endpoint) => {
        const isMember = this.#members.has(addressOf(endpoint));
        const mayBe = isMember || this.#ceiling.holds(this.#members.size + 1);
        return mayBe ? this.#memberAt(endpoint).server : null;
      },
      onMoved: (slot, server) => {
        this.#isCluster = true;
        this.#slots[slot] = server;
        this.#looks.plan(LOOK_SOON_MS);
      },
      onDoubt: (isCluster) => {
        if (isCluster) this.#isCluster = true;
        this.#looks.plan(LOOK_SOON_MS);
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

  unavailableReason(slot: number): StoreUnavailableError | null {
    const server = this.#serverOf(slot);
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
    return statusOfHashSlots(this.#slots, this.#members.servers);
  }

  async ready(): Promise<void> {
    if (this.#isClosed) throw this.#failure('connection', 'CLOSED');
    if (this.#slots.length === 0) await this.#proofs.next();
    const slots = this.#slots;
    if (slots.length === 0) throw this.#failure(...UNCOVERED);
    const responsible = new Set(slots.filter((server) => server !== undefined));
    try {
      await Promise.all([...responsible].map((server) => server.ready()));
    } catch (error) {
      // Whoever is not asked any more has nothing to prove.
      if (slots === this.#slots) throw error;
      await this.ready();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#looks.stop();
    this.#proofs.settle(this.#failure('connection', 'CLOSED'));
    await Promise.all(this.#members.servers.map((server) => server.close()));
  }

  /** The server of a slot; before anything is known, the first seed, where operations can wait. */
  #serverOf(slot: number): Server | undefined {
    if (this.#slots.length > 0) return this.#slots[slot];
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
      probeHashTag: () => this.#hashTagOf(server),
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

  /** A hash tag whose hash slot the server serves; null when it serves none, or that is not known yet. */
  #hashTagOf(server: Server): string | null {
    if (!this.#slots.includes(server)) return null;
    return findTag((slot) => this.#slots[slot] === server);
  }

  /** Finds out on a new connection what the server is, and who has which slot. */
  async #prepare(server: Server, endpoint: Endpoint): Promise<void> {
    if (this.#isCluster !== true) {
      const { mode } = await sayHelloAndRecord(server);
      if (mode === 'sentinel') throw this.#failure('topology', 'SENTINEL_MODE');
      this.#isCluster ??= mode === 'cluster';
    }
    if (this.#isCluster) await this.#look(server, endpoint);
    else if (this.#slots.length === 0) this.#slots = new Array<Server>(HASH_SLOTS).fill(server);
    this.#proofs.settle(null);
  }

  async #look(server: Server, endpoint: Endpoint): Promise<void> {
    const ranges = readHashSlotRanges(await server.command('CLUSTER', 'SLOTS'), hostOf(endpoint));
    if (ranges.length > 0 && !this.#isClosed) this.#adopt(ranges);
    this.#looks.plan();
  }

  #adopt(ranges: readonly HashSlotRange[]): void {
    const needed = new Set(ranges.map(({ primary }) => addressOf(primary)));
    const primaries = this.#ceiling.admit(needed, (address) => this.#members.has(address));
    const isFirst = this.#slots.length === 0;
    if (isFirst && primaries.size < needed.size) throw this.#uncovered();
    const waiting = isFirst ? this.#members.servers.flatMap((server) => server.takeWaiting()) : [];
    const closing = this.#members.leaveAllBut(primaries);
    const slots = new Array<Server | undefined>(HASH_SLOTS).fill(undefined);
    for (const { first, last, primary } of ranges) {
      if (!primaries.has(addressOf(primary))) continue;
      slots.fill(this.#memberAt(primary).server, first, last + 1);
    }
    this.#slots = slots;
    // Under a ceiling connections are made after those that end have ended.
    const open = (): void => {
      this.open();
    };
    if (this.#ceiling.holds(primaries.size + closing.length)) open();
    else void Promise.all(closing).then(open);
    for (const pending of waiting) this.submit(pending);
  }

  #lost(failure: StoreUnavailableError): void {
    const { isAnyLeft } = this.#members;
    if (this.#slots.length === 0) {
      if (!isAnyLeft) this.#proofs.settle(failure);
    } else if (this.#isCluster === true) {
      // The seeds may know others than those that are gone.
      if (!isAnyLeft) for (const seed of this.#options.seeds) this.#memberAt(seed).server.open();
      this.#looks.plan();
    }
  }

  /** Until the next look: when all is well, when somebody is missing; none where it is no cluster. */
  #pauseMs(): number | null {
    if (this.#isClosed || this.#isCluster !== true) return null;
    const isWell = !this.#members.isAnyLost && !this.#slots.includes(undefined);
    return isWell ? LOOK_EVERY_MS : LOOK_AGAIN_MS;
  }

  async #lookAround(): Promise<void> {
    const chosen = this.#members.oneUp();
    if (chosen !== undefined) await this.#look(chosen.server, chosen.endpoint);
  }
}
