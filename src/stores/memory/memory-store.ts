import { joinVerdicts, queueIsFull, waitingSince } from '../../algorithms/concurrency.js';
import { ownerOf } from '../../algorithms/place-queue.js';
import { systemClock, type Clock } from '../../core/clock.js';
import type { OverflowEvent } from '../../core/events.js';
import {
  countsUnits,
  slotLimitOf,
  type ConcurrencyLimit,
  type RatePolicy,
} from '../../core/policy.js';
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
import type { StoreUsage } from '../../core/store-status.js';
import { takeAll, takeFirst, type Counters } from './batch-modes.js';
import { KeyCapacity } from './capacity.js';
import { SlotTable } from './slot-table.js';
import { openUnitTable, type UnitTable } from './unit-table.js';

/** Options of a `MemoryStore`. */
export interface MemoryStoreOptions {
  readonly id: string;
  /** The most identifiers that are tracked at once, over all limiters; default 100,000. */
  readonly maxKeys?: number | undefined;
  /** Default: the monotonic clock of this process. */
  readonly clock?: Clock | undefined;
  /** Called when new identifiers share a bucket, at most once a minute per limiter. */
  readonly onOverflow?: ((event: OverflowEvent) => void) | undefined;
}

/** The tables of one limiter, created on first use. */
interface LimiterTables {
  units: UnitTable | null;
  slots: SlotTable | null;
  nextOverflowEventMs: number;
}

const OVERFLOW_EVENT_EVERY_MS = 60_000;

/**
 * Keeps state in the memory of this process: for development, tests and services of one instance.
 *
 * Returns synchronously. Bounded by `maxKeys`: expired identifiers are evicted first, then the least used;
 * an exhausted one is never evicted. When no state can be evicted, new identifiers share one bucket per
 * limiter. Uses no timers.
 */
export class MemoryStore implements Store {
  readonly id: string;
  readonly #clock: Clock;
  readonly #capacity: KeyCapacity;
  readonly #limiters = new Map<string, LimiterTables>();
  readonly #onOverflow: (event: OverflowEvent) => void;

  constructor({ id, maxKeys = 100_000, clock = systemClock, onOverflow }: MemoryStoreOptions) {
    this.id = id;
    this.#clock = clock;
    this.#capacity = new KeyCapacity(maxKeys);
    this.#onOverflow = onOverflow ?? (() => undefined);
  }

  /** The number of tracked identifiers and of evictions. */
  usage(): StoreUsage {
    return { keys: this.#capacity.size, evictions: this.#capacity.evictions };
  }

  decide(batch: readonly StoreRequest[], mode: BatchMode): readonly Verdict[] {
    const nowMs = this.#clock.nowMs();
    this.#capacity.sweep(nowMs);
    const first = batch[0];
    if (first !== undefined && batch.length === 1) {
      const verdict = this.#decideOne(first, nowMs);
      const lacksSlot = first.leaseId !== null && verdict.denial === 'slot';
      return [lacksSlot ? this.#queueUp(first, verdict, nowMs) : verdict];
    }
    const counters: Counters = {
      evaluate: (request) => this.#evaluate(request, nowMs),
      decide: (request) => this.#decideOne(request, nowMs),
      peek: (request) => this.#peek(request, nowMs),
      release: (grants) => {
        this.release(grants);
      },
    };
    return mode === 'any' ? takeFirst(batch, counters) : takeAll(batch, counters);
  }

  release(grants: readonly Grant[]): void {
    const nowMs = this.#clock.nowMs();
    for (const grant of grants) {
      const { limiterId, identifier, policy, cost, leaseId } = grant;
      const tables = this.#limiters.get(limiterId);
      if (cost > 0 && tables?.units?.counts(policy) === true) tables.units.release(grant, nowMs);
      if (leaseId !== null) tables?.slots?.release(identifier, leaseId);
    }
  }

  renew(leases: readonly LeaseRef[]): readonly boolean[] {
    const nowMs = this.#clock.nowMs();
    return leases.map(({ limiterId, identifier, leaseId, leaseMs }) => {
      const slots = this.#limiters.get(limiterId)?.slots;
      return slots?.renew(identifier, leaseId, leaseMs, nowMs) ?? false;
    });
  }

  keepPlaces(places: WaitingPlaces, mostPlaces: number): PlacesKept {
    const { queues } = this.#slots(places.limiterId);
    return queues.keep(places, mostPlaces, this.#clock.nowMs());
  }

  leavePlaces({ limiterId, identifier, leaseIds }: PlacesRef): void {
    this.#limiters.get(limiterId)?.slots?.queues.leave(identifier, leaseIds);
  }

  reset({ limiterId, identifier }: StateRef): void {
    const tables = this.#limiters.get(limiterId);
    tables?.units?.forget(identifier);
    tables?.slots?.forget(identifier);
    tables?.slots?.queues.forget(identifier);
  }

  check(): void {
    // Process memory is always available.
  }

  describe(): StoreDescription {
    return { id: this.id, strategy: 'memory', topology: null, address: null };
  }

  /** Deletes all state. */
  clear(): void {
    this.#limiters.clear();
    this.#capacity.clear();
  }

  close(): void {
    this.clear();
  }

  /** Enters a request into the queue for slots, if it may wait. */
  #queueUp(request: StoreRequest, verdict: Verdict, nowMs: number): Verdict {
    const { limiterId, identifier, leaseId, mostPlaces = 0, waitsSince = 0 } = request;
    if (mostPlaces === 0 || leaseId === null) return verdict;
    const { queues } = this.#slots(limiterId);
    const owner = ownerOf(leaseId);
    const place = { identifier, owner, leaseIds: [leaseId], since: [waitsSince] };
    const { kept } = queues.keep(place, mostPlaces, nowMs);
    return kept === 1 ? waitingSince(verdict, nowMs * 1_000) : queueIsFull(verdict);
  }

  #decideOne(request: StoreRequest, nowMs: number): Verdict {
    const { limiterId, identifier, policy, leaseId } = request;
    if (!countsUnits(policy)) {
      if (leaseId === null) return this.#evaluate(request, nowMs);
      return this.#slots(limiterId).decide(request, policy.concurrency, leaseId, nowMs);
    }
    const limit = slotLimitOf(request);
    if (limit === null) return this.#units(limiterId, policy).decide(request, nowMs);
    const wanted = this.#evaluate(request, nowMs);
    if (!wanted.allowed || leaseId === null) return wanted;
    const slot = this.#slots(limiterId).decide(request, limit, leaseId, nowMs);
    if (!slot.allowed) return joinVerdicts(wanted, slot);
    const rate = this.#units(limiterId, policy).decide(request, nowMs);
    if (!rate.allowed) this.#slots(limiterId).release(identifier, leaseId);
    return rate;
  }

  #evaluate(request: StoreRequest, nowMs: number): Verdict {
    const { limiterId, identifier, policy } = request;
    if (!countsUnits(policy)) {
      return this.#evaluateSlot(request, policy.concurrency, nowMs);
    }
    const rate = this.#units(limiterId, policy).evaluate(identifier, request, nowMs);
    const limit = slotLimitOf(request);
    return limit === null ? rate : joinVerdicts(rate, this.#evaluateSlot(request, limit, nowMs));
  }

  #peek(request: StoreRequest, nowMs: number): Verdict {
    const { limiterId, identifier, policy } = request;
    if (!countsUnits(policy) || slotLimitOf(request) !== null) {
      return this.#evaluate({ ...request, cost: 0, leaseId: null }, nowMs);
    }
    return this.#units(limiterId, policy).evaluate(identifier, { ...request, cost: 0 }, nowMs);
  }

  #evaluateSlot(request: StoreRequest, limit: ConcurrencyLimit, nowMs: number): Verdict {
    return this.#slots(request.limiterId).evaluate(request, limit, nowMs);
  }

  #units(limiterId: string, policy: RatePolicy): UnitTable {
    const tables = this.#tablesOf(limiterId);
    if (tables.units?.adopt(policy) === true) return tables.units;
    tables.units?.discard();
    tables.units = openUnitTable(policy, this.#capacity, () => {
      this.#reportOverflow(limiterId);
    });
    return tables.units;
  }

  #slots(limiterId: string): SlotTable {
    const tables = this.#tablesOf(limiterId);
    tables.slots ??= new SlotTable(this.#capacity, () => {
      this.#reportOverflow(limiterId);
    });
    return tables.slots;
  }

  #tablesOf(limiterId: string): LimiterTables {
    let tables = this.#limiters.get(limiterId);
    if (tables === undefined) {
      tables = { units: null, slots: null, nextOverflowEventMs: 0 };
      this.#limiters.set(limiterId, tables);
    }
    return tables;
  }

  #reportOverflow(limiterId: string): void {
    const nowMs = this.#clock.nowMs();
    const tables = this.#tablesOf(limiterId);
    if (nowMs < tables.nextOverflowEventMs) return;
    tables.nextOverflowEventMs = nowMs + OVERFLOW_EVENT_EVERY_MS;
    this.#onOverflow({ storeId: this.id, limiterId, maxKeys: this.#capacity.maxKeys });
  }
}
