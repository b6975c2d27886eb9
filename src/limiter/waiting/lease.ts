import { randomUUID } from 'node:crypto';
import type { Cancel, Clock } from '../../core/clock.js';
import { LeaseEndedError } from '../../core/errors/index.js';
import type { LeaseRef } from '../../core/store.js';
import { settleQuietly } from '../batch.js';
import type { GuardedStore } from '../guarded-store/guarded-store.js';
import type { Lease } from '../limiter.js';

const PROCESS_ID = randomUUID();
let ownerCount = 0;
let leaseCount = 0;

/** An id of one limiter in one process: the prefix of the ids of its leases. */
export function newLeaseOwner(): string {
  ownerCount += 1;
  return `${PROCESS_ID}.${ownerCount.toString(36)}`;
}

/** A lease id that is unique across processes. */
export function newLeaseId(owner: string): string {
  leaseCount += 1;
  return `${owner}:${leaseCount.toString(36)}`;
}

/** Options of a `HeldLease`. */
export interface LeaseOptions {
  readonly limiterId: string;
  readonly waitedMs: number;
  readonly degraded: boolean;
  /** The slot that it holds; null when it holds none. */
  readonly slot: HeldSlot | null;
  /** Frees the slot. */
  readonly onRelease: () => Promise<void>;
}

/** A lease that is released once, however often `release` is called. */
export class HeldLease implements Lease {
  readonly limiterId: string;
  readonly waitedMs: number;
  readonly degraded: boolean;
  readonly #slot: HeldSlot | null;
  readonly #onRelease: () => Promise<void>;
  #released: Promise<void> | null = null;
  /** Created on first use: most holders never use it, and creating one is not cheap. */
  #ending: AbortController | null = null;

  constructor({ limiterId, waitedMs, degraded, slot, onRelease }: LeaseOptions) {
    this.limiterId = limiterId;
    this.waitedMs = waitedMs;
    this.degraded = degraded;
    this.#slot = slot;
    this.#onRelease = onRelease;
  }

  get isHeld(): boolean {
    return this.#released === null && this.#slot?.hasEnded !== true;
  }

  get signal(): AbortSignal {
    if (this.#ending === null) {
      const ending = new AbortController();
      this.#ending = ending;
      this.#slot?.whenEnded(() => {
        ending.abort(new LeaseEndedError(this.limiterId));
      });
    }
    return this.#ending.signal;
  }

  release(): Promise<void> {
    this.#released ??= this.#slot === null ? Promise.resolve() : this.#onRelease();
    return this.#released;
  }
}

/**
 * A slot that this process holds, with a lower bound of its end: its lease began, or was renewed, when
 * the request was sent or later.
 */
export class HeldSlot {
  readonly store: GuardedStore;
  readonly lease: LeaseRef;
  readonly #clock: Clock;
  #endMs: number;
  #state: 'held' | 'released' | 'ended' = 'held';
  #onEnded: (() => void) | null = null;

  constructor(store: GuardedStore, lease: LeaseRef, requestedMs: number, clock: Clock) {
    this.store = store;
    this.lease = lease;
    this.#clock = clock;
    this.#endMs = requestedMs + lease.leaseMs;
  }

  /** The end by the local clock, unless it is renewed. */
  get endMs(): number {
    return this.#endMs;
  }

  /** Also true once the local clock has passed the end, before any timer has run. */
  get hasEnded(): boolean {
    if (this.#state === 'held' && this.#clock.nowMs() >= this.#endMs) this.end();
    return this.#state === 'ended';
  }

  renewed(requestedMs: number): void {
    this.#endMs = Math.max(this.#endMs, requestedMs + this.lease.leaseMs);
  }

  /** Marks the lease as ended while its holder is running. Final: a later renewal has no effect. */
  end(): void {
    if (this.#state !== 'held') return;
    this.#state = 'ended';
    this.#onEnded?.();
  }

  /** Marks the slot as released: it cannot end any more. */
  free(): void {
    if (this.#state === 'held') this.#state = 'released';
  }

  /** Calls back when the lease ends before its release; at once when it has ended. */
  whenEnded(onEnded: () => void): void {
    this.#onEnded = onEnded;
    if (this.hasEnded) onEnded();
  }
}

/** Renewals per lease time, the last of them at its end: two may fail without ending the lease. */
const RENEWALS_PER_LEASE = 4;

/**
 * Renews the leases that this process holds, with one timer for all of them, which runs only while
 * there are leases and does not keep the process alive. A process that dies stops renewing, and its
 * slots are free when their leases end.
 */
export class LeaseKeeper {
  readonly #clock: Clock;
  readonly #held = new Map<string, { readonly slot: HeldSlot; renewAtMs: number }>();
  #cancelTimer: Cancel | null = null;
  #timerDueMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Tracks the slot of a lease that was requested at a moment of the local clock. */
  keep(store: GuardedStore, lease: LeaseRef, requestedMs: number): HeldSlot {
    const slot = new HeldSlot(store, lease, requestedMs, this.#clock);
    const renewAtMs = this.#nextRenewalMs(lease);
    this.#held.set(lease.leaseId, { slot, renewAtMs });
    this.#arm(Math.min(renewAtMs, slot.endMs));
    return slot;
  }

  drop(leaseId: string): void {
    this.#held.get(leaseId)?.slot.free();
    this.#forget(leaseId);
  }

  #forget(leaseId: string): void {
    this.#held.delete(leaseId);
    if (this.#held.size === 0) this.close();
  }

  /** The limiter of each slot that is held. */
  *holders(): IterableIterator<string> {
    for (const { slot } of this.#held.values()) yield slot.lease.limiterId;
  }

  close(): void {
    this.#held.clear();
    this.#cancelTimer?.();
    this.#timerDueMs = Number.POSITIVE_INFINITY;
  }

  #nextRenewalMs(lease: LeaseRef): number {
    return this.#clock.nowMs() + lease.leaseMs / RENEWALS_PER_LEASE;
  }

  #arm(dueMs: number): void {
    if (dueMs >= this.#timerDueMs) return;
    this.#cancelTimer?.();
    this.#timerDueMs = dueMs;
    const delayMs = Math.max(0, dueMs - this.#clock.nowMs());
    const renew = (): void => {
      this.#renewDue();
    };
    this.#cancelTimer = this.#clock.schedule(renew, delayMs, 'background');
  }

  #renewDue(): void {
    const nowMs = this.#clock.nowMs();
    const due = new Map<GuardedStore, HeldSlot[]>();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [leaseId, held] of this.#held) {
      const { slot } = held;
      if (slot.hasEnded) {
        this.#held.delete(leaseId);
        continue;
      }
      if (held.renewAtMs <= nowMs) {
        const batch = due.get(slot.store);
        if (batch === undefined) due.set(slot.store, [slot]);
        else batch.push(slot);
        held.renewAtMs = this.#nextRenewalMs(slot.lease);
      }
      nextMs = Math.min(nextMs, held.renewAtMs, slot.endMs);
    }
    for (const [store, slots] of due) void this.#renew(store, slots);
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    if (nextMs !== Number.POSITIVE_INFINITY) this.#arm(nextMs);
  }

  /** Renews leases. One that has ended is dropped, and its holder is notified. */
  async #renew(store: GuardedStore, slots: readonly HeldSlot[]): Promise<void> {
    const requestedMs = this.#clock.nowMs();
    await settleQuietly(async () => {
      const renewed = await store.renew(slots.map(({ lease }) => lease));
      slots.forEach((slot, index) => {
        if (renewed[index] !== false) {
          slot.renewed(requestedMs);
          return;
        }
        slot.end();
        this.#forget(slot.lease.leaseId);
      });
    });
  }
}
