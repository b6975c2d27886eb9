import {
  areSlotsUntouched,
  evaluateSlots,
  holdSlot,
  type Leases,
} from '../../algorithms/concurrency.js';
import type { WaitingRequest } from '../../algorithms/place-queue.js';
import type { ConcurrencyLimit } from '../../core/policy.js';
import type { StoreRequest, Verdict } from '../../core/store.js';
import { KeyTable } from './key-table.js';
import { QueueTable } from './queue-table.js';
import type { KeyCapacity } from './capacity.js';

const NO_LEASES: Leases = new Map();

/** The held slots of one limiter, by identifier. A held slot is never evicted. */
export class SlotTable {
  readonly #keys: KeyTable<Leases>;
  readonly #capacity: KeyCapacity;
  readonly #onOverflow: () => void;
  readonly #shared: Leases = new Map();
  /** The queues for slots. */
  readonly queues = new QueueTable();

  constructor(capacity: KeyCapacity, onOverflow: () => void) {
    this.#capacity = capacity;
    this.#onOverflow = onOverflow;
    this.#keys = new KeyTable<Leases>({
      isUntouched: areSlotsUntouched,
      isExhausted: (leases, nowMs) => !areSlotsUntouched(leases, nowMs),
      usedShare: (leases, nowMs) => (areSlotsUntouched(leases, nowMs) ? 0 : 1),
    });
    capacity.share(this.#keys);
  }

  /** Evaluates without taking. */
  evaluate(request: StoreRequest, limit: ConcurrencyLimit, nowMs: number): Verdict {
    const { identifier } = request;
    const own = this.#keys.at(this.#keys.find(identifier));
    const leases = own ?? (this.#capacity.isAvailable(nowMs) ? NO_LEASES : this.#shared);
    const countAhead = this.queues.countAhead(identifier, waitingRequestOf(request), nowMs);
    return evaluateSlots(leases, limit, request.leaseId !== null, nowMs, countAhead);
  }

  /** Evaluates, and takes a slot when allowed. */
  decide(request: StoreRequest, limit: ConcurrencyLimit, leaseId: string, nowMs: number): Verdict {
    const { identifier } = request;
    const own = this.#keys.at(this.#keys.find(identifier));
    const hasCapacity = own !== undefined || this.#capacity.claim(nowMs);
    const leases = own ?? (hasCapacity ? new Map<string, number>() : this.#shared);
    const countAhead = this.queues.countAhead(identifier, waitingRequestOf(request), nowMs);
    const verdict = evaluateSlots(leases, limit, true, nowMs, countAhead);
    if (!verdict.allowed) return verdict;
    if (leases === this.#shared) this.#onOverflow();
    else if (own === undefined) this.#keys.classify(this.#keys.add(identifier, leases), true);
    holdSlot(leases, limit, leaseId, nowMs);
    this.queues.leave(identifier, [leaseId]);
    return verdict;
  }

  /** Renews a lease; false when it has ended. */
  renew(identifier: string, leaseId: string, leaseMs: number, nowMs: number): boolean {
    const leases = this.#holderOf(identifier, leaseId);
    const endMs = leases?.get(leaseId);
    if (leases === null || endMs === undefined || endMs <= nowMs) return false;
    holdSlot(leases, { leaseMs }, leaseId, nowMs);
    return true;
  }

  release(identifier: string, leaseId: string): void {
    const leases = this.#holderOf(identifier, leaseId);
    if (leases === null) return;
    leases.delete(leaseId);
    if (leases.size === 0 && leases !== this.#shared) this.forget(identifier);
  }

  forget(identifier: string): void {
    const position = this.#keys.find(identifier);
    if (position >= 0) this.#keys.remove(position);
  }

  #holderOf(identifier: string, leaseId: string): Leases | null {
    const own = this.#keys.at(this.#keys.find(identifier));
    if (own?.has(leaseId) === true) return own;
    return this.#shared.has(leaseId) ? this.#shared : null;
  }
}

/** Only a request that may wait can have a place in the queue. */
function waitingRequestOf({
  leaseId,
  mostPlaces = 0,
  waitsSince = 0,
}: StoreRequest): WaitingRequest {
  return leaseId !== null && mostPlaces > 0 ? { leaseId, since: waitsSince } : NOT_WAITING;
}

const NOT_WAITING: WaitingRequest = { leaseId: '', since: 0 };
