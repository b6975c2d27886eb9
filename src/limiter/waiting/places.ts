import { MOST_PLACES_PER_CALL } from '../../algorithms/place-queue.js';
import type { PlacesKept } from '../../core/store.js';
import type { LimiterRequest } from '../batch.js';
import type { GuardedStore } from '../guarded-store/guarded-store.js';

/** The most places in one queue, whatever the number of slots. */
const MOST_PLACES = 1_000;
const PLACES_PER_SLOT = 20;

/** How often places are renewed, in milliseconds: three times in their life of 50. */
export const POLL_EVERY_MS = 15;

/** How many may wait for slots of one identifier; further ones are denied at once. */
export function mostPlacesFor(maxConcurrent: number): number {
  return Math.min(MOST_PLACES, maxConcurrent * PLACES_PER_SLOT);
}

/**
 * A request that may wait in the queue of the store; as it is when it has no time to wait, or the
 * store has no queue.
 */
export function queueableRequest(request: LimiterRequest, waitsSince: number): LimiterRequest {
  const { concurrency } = request.request.policy;
  const hasTime = request.request.maxWaitMs > 0;
  if (concurrency === undefined || !hasTime || !request.limiter.store.hasQueue) return request;
  const mostPlaces = mostPlacesFor(concurrency.maxConcurrent);
  return { ...request, request: { ...request.request, mostPlaces, waitsSince } };
}

/** Whose places they are. */
export interface PlacesOwner {
  readonly limiterId: string;
  readonly identifier: string;
  /** What the ids of its leases begin with. */
  readonly owner: string;
  readonly store: GuardedStore;
  /** By the policy that is in force. */
  readonly mostPlaces: () => number;
  /** Is handed what is under way, for a shutdown to wait for. */
  readonly follow: (work: Promise<unknown>) => void;
}

/** The places of this limiter in the queue of one identifier, in the store. */
export class Places {
  readonly #owner: PlacesOwner;
  #leaving: string[] = [];

  constructor(owner: PlacesOwner) {
    this.#owner = owner;
  }

  /** Renews all places, and takes those of at most 64 that are lost; null without an answer. */
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

  /** Gives a place up; those that are given up in one turn go together. */
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
    // What does not arrive is noticed when it comes first, or lost with the other places of its owner.
    await Promise.allSettled(calls);
  }
}
