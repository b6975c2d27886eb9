import { MOST_PLACES_PER_CALL } from '../../algorithms/place-queue.js';
import type { PlacesKept } from '../../core/store.js';
import type { LimiterRequest } from '../batch.js';
import type { GuardedStore } from '../guarded-store/guarded-store.js';

/** The most places in one queue, whatever the number of slots. */
const MOST_PLACES = 1_000;
const PLACES_PER_SLOT = 20;

/** The interval of renewals in milliseconds: three within the TTL of 50. */
export const POLL_EVERY_MS = 15;

/** The most requests that may wait for slots of one identifier; further ones are denied at once. */
export function mostPlacesFor(maxConcurrent: number): number {
  return Math.min(MOST_PLACES, maxConcurrent * PLACES_PER_SLOT);
}

/**
 * A request with a place in the queue of the store; unchanged when it may not wait, or the store has no
 * queue.
 */
export function queueableRequest(request: LimiterRequest, waitsSince: number): LimiterRequest {
  const { concurrency } = request.request.policy;
  const hasTime = request.request.maxWaitMs > 0;
  if (concurrency === undefined || !hasTime || !request.limiter.store.hasQueue) return request;
  const mostPlaces = mostPlacesFor(concurrency.maxConcurrent);
  return { ...request, request: { ...request.request, mostPlaces, waitsSince } };
}

/** The owner of places. */
export interface PlacesOwner {
  readonly limiterId: string;
  readonly identifier: string;
  /** The prefix of the ids of its leases. */
  readonly owner: string;
  readonly store: GuardedStore;
  /** By the current policy. */
  readonly mostPlaces: () => number;
  /** Tracks work that a shutdown must wait for. */
  readonly follow: (work: Promise<unknown>) => void;
}

/** The places of this limiter in the queue of one identifier, in the store. */
export class Places {
  readonly #owner: PlacesOwner;
  #leaving: string[] = [];

  constructor(owner: PlacesOwner) {
    this.#owner = owner;
  }

  /** Renews all places, and restores those of at most 64 that were lost; null without a reply. */
  async keep(leaseIds: readonly string[], since: readonly number[]): Promise<PlacesKept | null> {
    const { store, mostPlaces, limiterId, identifier, owner } = this.#owner;
    try {
      return await store.keepPlaces(
        { limiterId, identifier, owner, leaseIds, since },
        mostPlaces(),
      );
    } catch {
      return null; // They are lost unless the next renewal arrives in time.
    }
  }

  /** Gives up a place; those given up in one turn of the event loop are sent together. */
  leave(leaseId: string): void {
    this.#leaving.push(leaseId);
    if (this.#leaving.length > 1) return;
    this.#owner.follow(Promise.resolve().then(() => this.#leaveAll()));
  }

  async #leaveAll(): Promise<void> {
    const { store, limiterId, identifier, owner } = this.#owner;
    const leaving = this.#leaving;
    this.#leaving = [];
    const calls: Promise<unknown>[] = [];
    for (let next = 0; next < leaving.length; next += MOST_PLACES_PER_CALL) {
      const leaseIds = leaving.slice(next, next + MOST_PLACES_PER_CALL);
      calls.push(Promise.resolve(store.leavePlaces({ limiterId, identifier, owner, leaseIds })));
    }
    // A lost call is noticed when the place becomes the first, or the place expires with its owner.
    await Promise.allSettled(calls);
  }
}
