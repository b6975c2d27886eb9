import { MOST_WORK_OF_A_CALL } from '../protocol/work.js';
import type { PendingOperation } from './pending-operation.js';

/** Fewer requests than this are not worth a call of their own before the turn is over. */
const MIN_EARLY_REQUESTS = 8;

/** Operations that no call holds yet, in the order in which they were submitted. */
export class WaitingOperations {
  #operations: PendingOperation[] = [];
  #newRequests = 0;

  get size(): number {
    return this.#operations.length;
  }

  /** Whether no caller waits for any of them. */
  get isSettled(): boolean {
    return this.#operations.every(({ isSettled }) => isSettled);
  }

  [Symbol.iterator](): Iterator<PendingOperation> {
    return this.#operations.values();
  }

  /** Whether the requests since the last `take` are worth a call beside those in flight. */
  isWorthACall(requestsInFlight: number): boolean {
    return isWorthACall(this.#newRequests, requestsInFlight);
  }

  add(pending: PendingOperation): void {
    this.#operations.push(pending);
    this.#newRequests += pending.operation.requests;
  }

  /** Puts operations back for which there was no call. */
  putBack(operations: readonly PendingOperation[]): void {
    this.#operations.push(...operations);
  }

  /** Takes all of them. */
  take(): readonly PendingOperation[] {
    const operations = this.#operations;
    this.#operations = [];
    this.#newRequests = 0;
    return operations;
  }

  /** Takes those that are due by then. */
  takeDue(dueByMs: number): readonly PendingOperation[] {
    const due = this.#operations.filter(
      (pending) => !pending.isSettled && pending.dueMs <= dueByMs,
    );
    this.#operations = this.#operations.filter(
      (pending) => !pending.isSettled && pending.dueMs > dueByMs,
    );
    return due;
  }

  /** Moves the deadlines of all of them. */
  extend(byMs: number): void {
    for (const pending of this.#operations) pending.dueMs += byMs;
  }
}

/**
 * Whether new requests leave before the turn of the event loop is over: when they are half of all
 * requests without a reply, so that the server executes one half while this process collects the
 * other, or as many as a call may hold.
 */
export function isWorthACall(newRequests: number, requestsInFlight: number): boolean {
  const half = (newRequests + requestsInFlight) / 2;
  return newRequests >= Math.min(MOST_WORK_OF_A_CALL, Math.max(MIN_EARLY_REQUESTS, half));
}

/** Where a call that begins at `start` must end, so that it does not hold too much work. */
export function endOfCall(operations: readonly PendingOperation[], start: number): number {
  let work = 0;
  let end = start;
  for (; end < operations.length; end++) {
    work += operations[end]?.operation.work ?? 0;
    if (work > MOST_WORK_OF_A_CALL && end > start) break;
  }
  return end;
}

/** Operations by hash slot; those that need a call of their own are by themselves. */
export function byHashSlot(
  operations: readonly PendingOperation[],
): Iterable<readonly PendingOperation[]> {
  const batches = new Map<number | PendingOperation, PendingOperation[]>();
  for (const pending of operations) {
    const batch = pending.isAlone ? pending : pending.hashSlot;
    const others = batches.get(batch);
    if (others === undefined) batches.set(batch, [pending]);
    else others.push(pending);
  }
  return batches.values();
}
