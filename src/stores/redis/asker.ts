import type { Clock } from '../../core/clock.js';
import { isReturn, newGroup, type Question } from './group.js';
import { slotOf } from './keys.js';
import type { RedisSettings } from './settings.js';
import type { Topology } from './topology.js';

/** Asks what is not a decision. */
export class Asker {
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
  ask(
    question: Question,
    isRepeatable: boolean,
    whileMoving: Question | null = null,
  ): Promise<readonly number[]> {
    if (question.requests === 0) return Promise.resolve([]);
    const dueMs = this.#clock.nowMs() + this.#patienceFor(question);
    return new Promise((resolve, reject) => {
      const askMoving = (moving: Question) => () => {
        this.ask(moving, isRepeatable).then(resolve, reject);
      };
      const group = newGroup({
        question,
        onSplit: whileMoving === null ? null : askMoving(whileMoving),
        slot: this.slotOf(question),
        dueMs,
        isRepeatable,
        onReply: ({ integers, start }) => {
          resolve(integers.slice(start, start + question.integers));
        },
        onFailure: reject,
      });
      this.#topology.submit(group);
    });
  }

  /** The slot of a cluster that a question belongs to; 0 where slots do not matter. */
  slotOf({ keys }: Question): number {
    const [key] = keys;
    return key === undefined || this.#topology.isCluster === false ? 0 : slotOf(key);
  }

  /** What goes back may take as long as a connection may be silent; nobody waits for that. */
  #patienceFor(question: Question): number {
    const { decisionTimeoutMs, socketTimeoutMs } = this.#settings;
    return isReturn({ question })
      ? Math.max(decisionTimeoutMs, socketTimeoutMs)
      : decisionTimeoutMs;
  }
}
