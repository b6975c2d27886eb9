import type { Clock } from '../../core/clock.js';
import { newOperation } from './batching/pending-operation.js';
import { isRelease, isRepeatable, type Operation } from './protocol/operation.js';
import type { RedisSettings } from './settings.js';
import type { Topology } from './topology/topology.js';

/** Sends operations that are not decisions. */
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
   * Resolves to the integers of the reply; rejects with `StoreUnavailableError`. While the keys of the
   * operation are on two servers, `whileMoving` is sent instead, unless it is null.
   */
  send(operation: Operation, whileMoving: Operation | null = null): Promise<readonly number[]> {
    if (operation.requests === 0) return Promise.resolve([]);
    const dueMs = this.#clock.nowMs() + this.#timeoutOf(operation);
    return new Promise((resolve, reject) => {
      const sendMoving = (moving: Operation) => () => {
        this.send(moving).then(resolve, reject);
      };
      const pending = newOperation({
        operation,
        onSplit: whileMoving === null ? null : sendMoving(whileMoving),
        hashSlot: this.#topology.hashSlotOf(operation.keys),
        dueMs,
        isRepeatable: isRepeatable(operation),
        onReply: ({ integers, start }) => {
          resolve(integers.slice(start, start + operation.integers));
        },
        onFailure: reject,
      });
      this.#topology.submit(pending);
    });
  }

  /** A release may take as long as a connection may be silent: no caller waits for it. */
  #timeoutOf(operation: Operation): number {
    const { decisionTimeoutMs, socketTimeoutMs } = this.#settings;
    return isRelease(operation) ? Math.max(decisionTimeoutMs, socketTimeoutMs) : decisionTimeoutMs;
  }
}
