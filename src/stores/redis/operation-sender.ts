import type { Clock } from '../../core/clock.js';
import { newOperation } from './batching/pending-operation.js';
import { hashSlotOf } from './protocol/keys.js';
import { isRelease, type Operation } from './protocol/operation.js';
import type { RedisSettings } from './settings.js';
import type { Topology } from './topology/topology.js';

/** Asks what is not a decision. */
export class OperationSender {
  readonly #topology: Topology;
  readonly #settings: RedisSettings;
  readonly #clock: Clock;

  constructor(topology: Topology, settings: RedisSettings, clock: Clock) {
    this.#topology = topology;
    this.#settings = settings;
    this.#clock = clock;
  }

  /**
   * The integers of the answer. Rejects with `StoreUnavailableError`. While keys of the question are
   * on two servers, `whileMoving` is asked in its place, if there is one.
   */
  send(
    operation: Operation,
    isRepeatable: boolean,
    whileMoving: Operation | null = null,
  ): Promise<readonly number[]> {
    if (operation.requests === 0) return Promise.resolve([]);
    const dueMs = this.#clock.nowMs() + this.#patienceFor(operation);
    return new Promise((resolve, reject) => {
      const askMoving = (moving: Operation) => () => {
        this.send(moving, isRepeatable).then(resolve, reject);
      };
      const pending = newOperation({
        operation,
        onSplit: whileMoving === null ? null : askMoving(whileMoving),
        hashSlot: this.hashSlotOf(operation),
        dueMs,
        isRepeatable,
        onReply: ({ integers, start }) => {
          resolve(integers.slice(start, start + operation.integers));
        },
        onFailure: reject,
      });
      this.#topology.submit(pending);
    });
  }

  /** The slot of a cluster that a question belongs to; 0 where slots do not matter. */
  hashSlotOf({ keys }: Operation): number {
    const [key] = keys;
    return key === undefined || this.#topology.isCluster === false ? 0 : hashSlotOf(key);
  }

  /** What goes back may take as long as a connection may be silent; nobody waits for that. */
  #patienceFor(operation: Operation): number {
    const { decisionTimeoutMs, socketTimeoutMs } = this.#settings;
    return isRelease(operation) ? Math.max(decisionTimeoutMs, socketTimeoutMs) : decisionTimeoutMs;
  }
}
