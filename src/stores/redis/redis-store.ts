import { systemClock, type Clock } from '../../core/clock.js';
import type { StoreUnavailableError } from '../../core/errors/index.js';
import type { CircuitEvent } from '../../core/events.js';
import type { MaybePromise } from '../../core/maybe-promise.js';
import type {
  BatchMode,
  Grant,
  LeaseRef,
  PlacesKept,
  PlacesRef,
  StateRef,
  Store,
  StoreDescription,
  StoreRequest,
  Verdict,
  WaitingPlaces,
} from '../../core/store.js';
import type { StoreStatus } from '../../core/store-status.js';
import { decideCrossSlot } from './cross-slot.js';
import { OperationSender } from './operation-sender.js';
import {
  PendingDecision,
  type DecideCall,
  type DecisionOwner,
} from './batching/pending-decision.js';
import { addressOf } from './endpoint.js';
import { failureOf } from './connection/failures.js';
import { KeyNames } from './protocol/keys.js';
import { LateGrants } from './batching/late-grants.js';
import { openTopology } from './topology/open-topology.js';
import { encodeRelease, encodeRenewal, encodeReset } from './protocol/encode.js';
import { encodeDecision } from './protocol/encode-decision.js';
import { decodePlacesKept, encodeKeepPlaces, encodeLeavePlaces } from './protocol/places.js';
import { refineFailure } from './connection/refine-failure.js';
import type { RedisSettings } from './settings.js';
import type { Topology } from './topology/topology.js';
import { decisionParts, releaseParts } from './protocol/work.js';

/** What a `RedisStore` uses beside its settings. */
export interface RedisStoreContext {
  /** Default: the monotonic clock of this process. Limits are decided by the server's clock. */
  readonly clock?: Clock | undefined;
  readonly onCircuit?: ((event: CircuitEvent) => void) | undefined;
  /**
   * Called with grants that may hold slots which could not be released: grants that came too late, and
   * those of calls that were lost with their connection.
   */
  readonly onUnreleased?: ((grants: readonly Grant[]) => void) | undefined;
  /** For tests: the time that limits are decided by, in microseconds. Default: the server's. */
  readonly nowUs?: (() => number) | undefined;
}

/** Makes the script use the server's time. */
const SERVER_TIME = -1;

/**
 * State in Redis, shared by all processes: one server, the master of sentinels, or a cluster.
 *
 * A batch is one atomic call of a script, by the server's clock. Settles within the given time, or
 * rejects with `StoreUnavailableError`; units that are granted after that are released. In a cluster, a
 * batch whose keys are in several hash slots takes several calls, and what some of them granted is
 * released when another one denies.
 */
export class RedisStore implements Store {
  readonly id: string;
  readonly keepsDeadlines = true;
  readonly #settings: RedisSettings;
  readonly #clock: Clock;
  readonly #names: KeyNames;
  readonly #topology: Topology;
  readonly #sender: OperationSender;
  readonly #onUnreleased: (grants: readonly Grant[]) => void;
  readonly #lateGrants = new LateGrants((grants) => this.#tryRelease(grants));
  readonly #owner: DecisionOwner = {
    lost: ({ batch }) => {
      this.#onUnreleased(batch.map((request) => ({ ...request, reservation: null })));
    },
    decideApart: (call, dueMs) => this.#decideApart(call, dueMs),
    releaseLate: (call, verdicts) => {
      this.#lateGrants.add(call, verdicts);
    },
  };

  constructor(settings: RedisSettings, context: RedisStoreContext = {}) {
    const { clock = systemClock, onCircuit = () => undefined, nowUs = () => SERVER_TIME } = context;
    this.id = settings.id;
    this.#settings = settings;
    this.#clock = clock;
    this.#onUnreleased = context.onUnreleased ?? (() => undefined);
    this.#names = new KeyNames(settings.keyPrefix, settings.hashSecret);
    this.#topology = openTopology({ settings, names: this.#names, clock, nowUs, onCircuit });
    this.#sender = new OperationSender(this.#topology, settings, clock);
    this.#topology.open();
  }

  decide(
    batch: readonly StoreRequest[],
    mode: BatchMode,
    timeoutMs: number,
    onReleased?: () => void,
  ): Promise<readonly Verdict[]> {
    const call = { batch, mode, timeoutMs, onReleased };
    const parts = batch.length > 1 ? this.#partsOf(batch, mode) : [];
    return parts.length > 1 ? this.#decideParts(call, parts) : this.#decideTogether(call);
  }

  async release(grants: readonly Grant[]): Promise<void> {
    const isSingle = this.#topology.isCluster === false;
    const parts = isSingle ? releaseParts(grants) : grants.map((grant) => [grant]);
    await Promise.all(parts.map((part) => this.#releasePart(part)));
  }

  async renew(leases: readonly LeaseRef[]): Promise<readonly boolean[]> {
    const renewed = await Promise.all(
      leases.map((lease) => this.#sender.send(encodeRenewal(lease, this.#names))),
    );
    return renewed.map(([isHeld]) => isHeld === 1);
  }

  async keepPlaces(places: WaitingPlaces, mostPlaces: number): Promise<PlacesKept> {
    const operation = encodeKeepPlaces(places, mostPlaces, this.#names);
    return decodePlacesKept(places, await this.#sender.send(operation));
  }

  async leavePlaces(places: PlacesRef): Promise<void> {
    await this.#sender.send(encodeLeavePlaces(places, this.#names));
  }

  async reset(state: StateRef): Promise<void> {
    const operations = encodeReset(state, this.#names);
    await Promise.all(operations.map((operation) => this.#sender.send(operation)));
  }

  async check(): Promise<void> {
    try {
      await this.#topology.ready();
    } catch (error) {
      throw await this.#refined(failureOf(error, { storeId: this.id, address: null }));
    }
  }

  describe(): StoreDescription {
    const { name: topology, address } = this.#topology;
    return { id: this.id, strategy: 'redis', topology, address };
  }

  status(): StoreStatus {
    return this.#topology.status();
  }

  close(): Promise<void> {
    return this.#topology.close();
  }

  /** A failure with more detail, where a second connection to the server can find it. */
  #refined(failure: StoreUnavailableError): MaybePromise<StoreUnavailableError> {
    const { address: location } = this.#settings;
    if (location.topology === 'client' || location.topology === 'sentinel') return failure;
    const endpoint = location.nodes.find((node) => addressOf(node) === failure.address);
    return endpoint === undefined ? failure : refineFailure(failure, endpoint, this.#settings);
  }

  #releasePart(part: readonly Grant[]): Promise<unknown> {
    const mayMove = this.#topology.isCluster !== false;
    const whileMoving = mayMove ? encodeRelease(part, this.#names, 'release_moving') : null;
    return this.#sender.send(encodeRelease(part, this.#names), whileMoving);
  }

  /** The parts of a batch that are one call each. In mode `any` their order matters. */
  #partsOf(batch: readonly StoreRequest[], mode: BatchMode): readonly (readonly StoreRequest[])[] {
    if (this.#topology.isCluster === false) return decisionParts(batch);
    if (mode === 'any') return batch.map((request) => [request]);
    return this.#names.byHashSlot(batch).flatMap(decisionParts);
  }

  /** Decides in one call. Throws at once when nothing can be sent. */
  #decideTogether(call: DecideCall): Promise<readonly Verdict[]> {
    const { batch, mode, timeoutMs, isAlone = false } = call;
    // While a hash slot moves, two keys may be on two servers; then free slots ignore the queue.
    const operation = encodeDecision(batch, mode, this.#names, isAlone ? 'no queue' : 'queue');
    const hashSlot = this.#topology.hashSlotOf(operation.keys);
    const reason = this.#topology.unavailableReason(hashSlot);
    if (reason !== null) throw reason;
    const dueMs = this.#clock.nowMs() + timeoutMs;
    return new Promise((resolve, reject) => {
      const settle = { resolve, reject };
      this.#topology.submit(
        new PendingDecision(operation, { hashSlot, dueMs }, call, this.#owner, settle),
      );
    });
  }

  #decideApart(call: DecideCall, dueMs: number): Promise<readonly Verdict[]> {
    const timeoutMs = Math.max(0, dueMs - this.#clock.nowMs());
    const parts = call.batch.map((request) => [request]);
    return this.#decideParts({ ...call, timeoutMs, isAlone: true }, parts);
  }

  #decideParts(
    { batch, mode, timeoutMs, onReleased, isAlone = false }: DecideCall,
    parts: readonly (readonly StoreRequest[])[],
  ): Promise<readonly Verdict[]> {
    const dueMs = this.#clock.nowMs() + timeoutMs;
    return decideCrossSlot(batch, mode, {
      parts,
      decide: async (part, partMode) => {
        const leftMs = Math.max(0, dueMs - this.#clock.nowMs());
        const call = { batch: part, timeoutMs: leftMs, onReleased, isAlone };
        return this.#decideTogether({ ...call, mode: partMode });
      },
      release: (grants) => {
        void this.#tryRelease(grants).then((isReleased) => {
          if (isReleased) onReleased?.();
        });
      },
    });
  }

  /** Whether the grants were released. Others end with their window or their lease. */
  async #tryRelease(grants: readonly Grant[]): Promise<boolean> {
    try {
      await this.release(grants);
      return grants.length > 0;
    } catch {
      this.#onUnreleased(grants);
      return false;
    }
  }
}
