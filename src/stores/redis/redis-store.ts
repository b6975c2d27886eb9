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
import { decisionScript } from './lua/script.js';
import type { RedisSettings } from './settings.js';
import type { Topology } from './topology/topology.js';
import { inCalls, inSteps } from './protocol/work.js';

/** What a `RedisStore` is opened with. */
export interface RedisStoreContext {
  /** Default: the monotonic clock of this process. Limits are decided by the server's clock. */
  readonly clock?: Clock | undefined;
  readonly onCircuit?: ((event: CircuitEvent) => void) | undefined;
  /**
   * Hears of grants that may hold slots which could not be released: of those that came too late, and
   * of those whose call was lost with its connection.
   */
  readonly onUnreleased?: ((grants: readonly Grant[]) => void) | undefined;
  /** For tests: the time that limits are decided by, in microseconds. Default: the server's. */
  readonly nowUs?: (() => number) | undefined;
}

/** Tells the script to ask the server for the time. */
const SERVER_TIME = -1;

/**
 * State in Redis, shared by all processes: one server, the master of sentinels, or a cluster.
 *
 * A batch is one step of a script, by the server's clock. Answers within the given time, or rejects
 * with `StoreUnavailableError`; what is taken after that goes back. In a cluster a batch whose keys
 * are in several slots is several steps, and what some took goes back when another refuses.
 */
export class RedisStore implements Store {
  readonly id: string;
  readonly keepsDeadlines = true;
  readonly #settings: RedisSettings;
  readonly #clock: Clock;
  readonly #names: KeyNames;
  readonly #topology: Topology;
  readonly #asker: OperationSender;
  readonly #onUnreleased: (grants: readonly Grant[]) => void;
  readonly #late = new LateGrants((grants) => this.#returnQuietly(grants));
  readonly #owner: DecisionOwner = {
    lost: ({ batch }) => {
      this.#onUnreleased(batch.map((request) => ({ ...request, reservation: null })));
    },
    decideApart: (asked, dueMs) => this.#decideApart(asked, dueMs),
    releaseLate: (asked, verdicts) => {
      this.#late.add(asked, verdicts);
    },
  };

  constructor(settings: RedisSettings, context: RedisStoreContext = {}) {
    const { clock = systemClock, onCircuit = () => undefined, nowUs = () => SERVER_TIME } = context;
    this.id = settings.id;
    this.#settings = settings;
    this.#clock = clock;
    this.#onUnreleased = context.onUnreleased ?? (() => undefined);
    this.#names = new KeyNames(settings.keyPrefix, settings.hashSecret);
    decisionScript();
    this.#topology = openTopology({ settings, names: this.#names, clock, nowUs, onCircuit });
    this.#asker = new OperationSender(this.#topology, settings, clock);
    this.#topology.open();
  }

  decide(
    batch: readonly StoreRequest[],
    mode: BatchMode,
    timeoutMs: number,
    onReturned?: () => void,
  ): Promise<readonly Verdict[]> {
    const asked = { batch, mode, timeoutMs, onReturned };
    const parts = batch.length > 1 ? this.#stepsOf(batch, mode) : [];
    return parts.length > 1 ? this.#decideAcross(asked, parts) : this.#decideTogether(asked);
  }

  async release(returns: readonly Grant[]): Promise<void> {
    const isTogether = this.#topology.isCluster === false;
    const parts = isTogether ? inCalls(returns) : returns.map((grant) => [grant]);
    await Promise.all(parts.map((part) => this.#releasePart(part)));
  }

  async renew(leases: readonly LeaseRef[]): Promise<readonly boolean[]> {
    const renewed = await Promise.all(
      leases.map((lease) => this.#asker.send(encodeRenewal(lease, this.#names), true)),
    );
    return renewed.map(([isHeld]) => isHeld === 1);
  }

  async keepPlaces(places: WaitingPlaces, mostPlaces: number): Promise<PlacesKept> {
    const question = encodeKeepPlaces(places, mostPlaces, this.#names);
    return decodePlacesKept(places, await this.#asker.send(question, false));
  }

  async leavePlaces(places: PlacesRef): Promise<void> {
    await this.#asker.send(encodeLeavePlaces(places, this.#names), true);
  }

  async reset(state: StateRef): Promise<void> {
    const questions = encodeReset(state, this.#names);
    await Promise.all(questions.map((question) => this.#asker.send(question, true)));
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

  /** Says more of a server that was reached directly, where the connection says little. */
  #refined(failure: StoreUnavailableError): MaybePromise<StoreUnavailableError> {
    const { address: location } = this.#settings;
    if (location.topology === 'client' || location.topology === 'sentinel') return failure;
    const endpoint = location.nodes.find((node) => addressOf(node) === failure.address);
    return endpoint === undefined ? failure : refineFailure(failure, endpoint, this.#settings);
  }

  #releasePart(part: readonly Grant[]): Promise<unknown> {
    const mayMove = this.#topology.isCluster !== false;
    const whileMoving = mayMove ? encodeRelease(part, this.#names, 'release_moving') : null;
    return this.#asker.send(encodeRelease(part, this.#names), false, whileMoving);
  }

  /** The parts of a batch that are each one step of the script. In mode `any` their order matters. */
  #stepsOf(batch: readonly StoreRequest[], mode: BatchMode): readonly (readonly StoreRequest[])[] {
    if (this.#topology.isCluster === false) return inSteps(batch);
    if (mode === 'any') return batch.map((request) => [request]);
    return this.#names.byHashSlot(batch).flatMap(inSteps);
  }

  /** One step of the script. Throws at once when nothing can be asked. */
  #decideTogether(asked: DecideCall): Promise<readonly Verdict[]> {
    const { batch, mode, timeoutMs, isAlone = false } = asked;
    // Two keys that move to another server may be on two of them; then a free slot is anybody's.
    const question = encodeDecision(batch, mode, this.#names, isAlone ? 'no queue' : 'queue');
    const slot = this.#asker.hashSlotOf(question);
    const refusal = this.#topology.unavailableReason(slot);
    if (refusal !== null) throw refusal;
    const dueMs = this.#clock.nowMs() + timeoutMs;
    return new Promise((resolve, reject) => {
      const listener = { resolve, reject };
      this.#topology.submit(
        new PendingDecision(question, { slot, dueMs }, asked, this.#owner, listener),
      );
    });
  }

  #decideApart(asked: DecideCall, dueMs: number): Promise<readonly Verdict[]> {
    const timeoutMs = Math.max(0, dueMs - this.#clock.nowMs());
    const parts = asked.batch.map((request) => [request]);
    return this.#decideAcross({ ...asked, timeoutMs, isAlone: true }, parts);
  }

  #decideAcross(
    { batch, mode, timeoutMs, onReturned, isAlone = false }: DecideCall,
    parts: readonly (readonly StoreRequest[])[],
  ): Promise<readonly Verdict[]> {
    const dueMs = this.#clock.nowMs() + timeoutMs;
    return decideCrossSlot(batch, mode, {
      parts,
      decide: async (part, partMode) => {
        const leftMs = Math.max(0, dueMs - this.#clock.nowMs());
        const asked = { batch: part, timeoutMs: leftMs, onReturned, isAlone };
        return this.#decideTogether({ ...asked, mode: partMode });
      },
      release: (grants) => {
        void this.#returnQuietly(grants).then((areBack) => {
          if (areBack) onReturned?.();
        });
      },
    });
  }

  /** Whether the grants are back. What is not ends with its window or its lease. */
  async #returnQuietly(grants: readonly Grant[]): Promise<boolean> {
    try {
      await this.release(grants);
      return grants.length > 0;
    } catch {
      this.#onUnreleased(grants);
      return false;
    }
  }
}
