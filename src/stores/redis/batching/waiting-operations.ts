import type { PendingOperation } from './pending-operation.js';

/** Groups that no call holds yet, in the order in which they came. */
export class WaitingOperations {
  #operations: PendingOperation[] = [];
  #newRequests = 0;

  get size(): number {
    return this.#operations.length;
  }

  /** Requests that came since what waited was last taken. */
  get newRequests(): number {
    return this.#newRequests;
  }

  /** Whether no caller waits for any of them. */
  get isSettled(): boolean {
    return this.#operations.every(({ isSettled }) => isSettled);
  }

  [Symbol.iterator](): Iterator<PendingOperation> {
    return this.#operations.values();
  }

  add(pending: PendingOperation): void {
    this.#operations.push(pending);
    this.#newRequests += pending.operation.requests;
  }

  /** Puts operations back that no call had room for. */
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

  /** Takes those out that are due by then. */
  takeDue(dueByMs: number): readonly PendingOperation[] {
    const due = this.#operations.filter(
      (pending) => !pending.isSettled && pending.dueMs <= dueByMs,
    );
    this.#operations = this.#operations.filter(
      (pending) => !pending.isSettled && pending.dueMs > dueByMs,
    );
    return due;
  }

  /** Gives all of them more time. */
  extend(byMs: number): void {
    for (const pending of this.#operations) pending.dueMs += byMs;
  }
}
