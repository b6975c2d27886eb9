import { randomUUID } from 'node:crypto';
import type { Cancel, Clock } from '../core/clock.js';
import type { LeaseRef } from '../core/store.js';
import { settleQuietly } from './batch.js';
import type { GuardedStore } from './guarded-store.js';
import type { Lease } from './limiter.js';

const PROCESS_ID = randomUUID();
let leaseCount = 0;

/** An owner token that no other process and no other call has. */
export function newLeaseId(): string {
  leaseCount += 1;
  return `${PROCESS_ID}:${leaseCount.toString(36)}`;
}

/** A lease that runs `onRelease` once, however often it is released. */
export class HeldLease implements Lease {
  readonly limiterId: string;
  readonly waitedMs: number;
  readonly degraded: boolean;
  #onRelease: (() => Promise<void>) | null;
  #released: Promise<void> | null = null;

  constructor(
    limiterId: string,
    { waitedMs, degraded }: Pick<Lease, 'waitedMs' | 'degraded'>,
    onRelease: (() => Promise<void>) | null,
  ) {
    this.limiterId = limiterId;
    this.waitedMs = waitedMs;
    this.degraded = degraded;
    this.#onRelease = onRelease;
  }

  release(): Promise<void> {
    this.#released ??= this.#onRelease?.() ?? Promise.resolve();
    this.#onRelease = null;
    return this.#released;
  }
}

/** A slot that this process holds. */
export interface HeldSlot {
  readonly store: GuardedStore;
  readonly lease: LeaseRef;
}

/** Renewals in a lease time, the last of them at its end: two may fail and the lease goes on. */
const RENEWALS_PER_LEASE = 4;

/**
 * Prolongs the leases that this process holds, with one timer for all of them, which runs only
 * while there are any and does not keep the process alive. A holder that dies stops renewing, and
 * its slot comes back with the end of its lease.
 */
export class LeaseKeeper {
  readonly #clock: Clock;
  readonly #held = new Map<string, HeldSlot & { renewAtMs: number }>();
  #cancelTimer: Cancel | null = null;
  #timerDueMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  keep(slot: HeldSlot): void {
    const renewAtMs = this.#nextRenewalMs(slot.lease);
    this.#held.set(slot.lease.leaseId, { ...slot, renewAtMs });
    this.#arm(renewAtMs);
  }

  drop(leaseId: string): void {
    this.#held.delete(leaseId);
    if (this.#held.size === 0) this.close();
  }

  /** The limiter of each slot that is held. */
  *holders(): IterableIterator<string> {
    for (const { lease } of this.#held.values()) yield lease.limiterId;
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
    const due = new Map<GuardedStore, LeaseRef[]>();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const slot of this.#held.values()) {
      if (slot.renewAtMs <= nowMs) {
        due.set(slot.store, [...(due.get(slot.store) ?? []), slot.lease]);
        slot.renewAtMs = this.#nextRenewalMs(slot.lease);
      }
      nextMs = Math.min(nextMs, slot.renewAtMs);
    }
    for (const [store, leases] of due) void this.#renew(store, leases);
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    if (nextMs !== Number.POSITIVE_INFINITY) this.#arm(nextMs);
  }

  /** A lease that has ended all the same is not renewed again; its holder runs on without a slot. */
  async #renew(store: GuardedStore, leases: readonly LeaseRef[]): Promise<void> {
    await settleQuietly(async () => {
      const renewed = await store.renew(leases);
      leases.forEach((lease, index) => {
        if (renewed[index] === false) this.drop(lease.leaseId);
      });
    });
  }
}
