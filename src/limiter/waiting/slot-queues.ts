import type { Cancel, Clock } from '../../core/clock.js';
import type { LimiterHandle } from '../answer.js';
import { mostPlacesFor, Places, POLL_EVERY_MS } from './places.js';
import { SlotQueue } from './slot-queue.js';

/** Options of `SlotQueues`. */
export interface SlotQueuesOptions {
  readonly limiter: LimiterHandle;
  readonly clock: Clock;
  /** Tracks work that a shutdown must wait for. */
  readonly follow: (work: Promise<unknown>) => void;
}

/** The queues for slots of one limiter, by identifier; each exists while it has waiters. */
export class SlotQueues<T> {
  readonly #options: SlotQueuesOptions;
  readonly #queues = new Map<string, SlotQueue<T>>();
  #cancelPoll: Cancel | null = null;

  constructor(options: SlotQueuesOptions) {
    this.#options = options;
  }

  /** The queue of an identifier, which the caller enters at once. */
  of(identifier: string): SlotQueue<T> {
    return this.#queues.get(identifier) ?? this.#open(identifier);
  }

  /** Lets the first in the queue of an identifier try again. */
  wake(identifier: string): void {
    this.#queues.get(identifier)?.wake();
  }

  /** Rejects every waiter with an error. */
  close(error: unknown): void {
    for (const queue of [...this.#queues.values()]) queue.close(error);
    this.#queues.clear();
    this.#stopPolling();
  }

  #open(identifier: string): SlotQueue<T> {
    const { limiter, clock } = this.#options;
    const { hasQueue } = limiter.store;
    const queue = new SlotQueue<T>({
      clock,
      places: hasQueue ? this.#placesOf(identifier) : null,
      onEmpty: () => {
        if (this.#queues.get(identifier) === queue) this.#queues.delete(identifier);
        if (this.#queues.size === 0) this.#stopPolling();
      },
    });
    this.#queues.set(identifier, queue);
    if (hasQueue) this.#keepPolling();
    return queue;
  }

  #placesOf(identifier: string): Places {
    const { limiter, follow } = this.#options;
    return new Places({
      limiterId: limiter.id,
      identifier,
      owner: limiter.leaseOwner,
      store: limiter.store,
      mostPlaces: () => mostPlacesFor(limiter.policy.concurrency?.maxConcurrent ?? 0),
      follow,
    });
  }

  /** One timer for all queues, so that their requests are batched. */
  #keepPolling(): void {
    this.#cancelPoll ??= this.#options.clock.schedule(
      () => {
        this.#cancelPoll = null;
        for (const queue of [...this.#queues.values()]) queue.poll();
        if (this.#queues.size > 0) this.#keepPolling();
      },
      POLL_EVERY_MS,
      'background',
    );
  }

  #stopPolling(): void {
    this.#cancelPoll?.();
    this.#cancelPoll = null;
  }
}
