import {
  firstPlaceOf,
  isQueueUntouched,
  keepPlaces,
  leavePlaces,
  newPlaceQueue,
  placesAhead,
  type WaitingRequest,
  type PlaceQueue,
} from '../../algorithms/place-queue.js';
import type { CountAhead } from '../../algorithms/concurrency.js';
import type { PlacesKept, WaitingPlaces } from '../../core/store.js';

/** How many other queues are checked when one is created, to remove those without waiting requests. */
const SEARCH_LIMIT = 2;

/** The queues for the slots of one limiter, by identifier. Bounded by the number of waiting requests. */
export class QueueTable {
  readonly #queues = new Map<string, PlaceQueue>();

  get size(): number {
    return this.#queues.size;
  }

  /** Counts the requests ahead of one; undefined without a queue. */
  countAhead(identifier: string, request: WaitingRequest, nowMs: number): CountAhead | undefined {
    const queue = this.#queues.get(identifier);
    if (queue === undefined) return undefined;
    return (free) => placesAhead(queue, request, free, nowMs);
  }

  /** Takes and renews places, from the first, until the queue is full. */
  keep(
    { identifier, owner, leaseIds, since }: Omit<WaitingPlaces, 'limiterId'>,
    mostPlaces: number,
    nowMs: number,
  ): PlacesKept {
    const queue = this.#queues.get(identifier) ?? this.#open(identifier, nowMs);
    const requests = leaseIds.map((leaseId, index) => ({ leaseId, since: since[index] ?? 0 }));
    const kept = keepPlaces(queue, owner, { requests, mostPlaces }, nowMs);
    const first = firstPlaceOf(queue, owner);
    this.#forgetEmpty(identifier, queue);
    return { kept, first };
  }

  leave(identifier: string, leaseIds: readonly string[]): void {
    const queue = this.#queues.get(identifier);
    if (queue === undefined) return;
    leavePlaces(queue, leaseIds);
    this.#forgetEmpty(identifier, queue);
  }

  forget(identifier: string): void {
    this.#queues.delete(identifier);
  }

  #open(identifier: string, nowMs: number): PlaceQueue {
    let steps = SEARCH_LIMIT;
    for (const [other, queue] of this.#queues) {
      if (steps === 0) break;
      steps -= 1;
      this.#queues.delete(other);
      if (!isQueueUntouched(queue, nowMs)) this.#queues.set(other, queue);
    }
    const queue = newPlaceQueue();
    this.#queues.set(identifier, queue);
    return queue;
  }

  #forgetEmpty(identifier: string, queue: PlaceQueue): void {
    if (queue.places.size === 0) this.#queues.delete(identifier);
  }
}
