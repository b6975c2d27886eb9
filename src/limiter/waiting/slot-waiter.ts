import type { Cancel } from '../../core/clock.js';
import type { MaybePromise } from '../../core/maybe-promise.js';
import type { QueueNode } from './linked-queue.js';

/** What became of one attempt to get a slot. */
export type Attempt<T> =
  | { readonly done: true; readonly value: T }
  /** No slot is free; one certainly is after `retryAfterMs`. */
  | {
      readonly done: false;
      readonly retryAfterMs: number;
      /** When the store received it, by the store's clock. */
      readonly since: number;
    };

/** A call in the queue. */
export interface Waiter<T> {
  readonly leaseId: string;
  /** `since`: the moment since which it waits, by the store's clock; 0 when not known yet. */
  readonly attempt: (since: number) => MaybePromise<Attempt<T>>;
  settle: (value: T) => void;
  fail: (error: unknown) => void;
  readonly discard: (value: T) => void;
  readonly onTimeout: () => unknown;
  readonly dueMs: number;
  node: QueueNode<Waiter<T>> | null;
  cancelRetry: Cancel;
  isTrying: boolean;
  /** When it got its place in the store, by the store's clock; 0 when it has none. */
  since: number;
  hasLeft: boolean;
}

/** How a waiter may leave before its turn. */
export interface Patience<T> {
  /** Of the lease that it waits for. */
  readonly leaseId: string;
  readonly timeoutMs: number;
  /** The error of a waiter that has timed out. */
  readonly onTimeout: () => unknown;
  /** False until a denial is known: the first attempt ends in time by itself. */
  readonly mayTimeOut: () => boolean;
  readonly signal: AbortSignal | undefined;
  /** Releases what an attempt got for a waiter that had left meanwhile. */
  readonly discard: (value: T) => void;
}

/** A waiter that enters a queue now. */
export function newWaiter<T>(
  attempt: (since: number) => MaybePromise<Attempt<T>>,
  { leaseId, timeoutMs, onTimeout, discard }: Patience<T>,
  nowMs: number,
): Waiter<T> {
  const nothing = (): void => undefined;
  return {
    leaseId,
    attempt,
    settle: nothing,
    fail: nothing,
    discard,
    onTimeout,
    dueMs: nowMs + timeoutMs,
    node: null,
    cancelRetry: nothing,
    isTrying: false,
    since: 0,
    hasLeft: false,
  };
}
