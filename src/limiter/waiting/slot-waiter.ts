import type { Cancel } from '../../core/clock.js';
import type { MaybePromise } from '../../core/maybe-promise.js';
import type { QueueNode } from './linked-queue.js';

/** The result of one attempt to take a slot. */
export type Attempt<T> =
  | { readonly done: true; readonly value: T }
  /** No slot is free; one is certainly free after `retryAfterMs`. */
  | {
      readonly done: false;
      readonly retryAfterMs: number;
      /** When the store received the request, by the store's clock. */
      readonly since: number;
    };

/** A waiting call. */
export interface Waiter<T> {
  readonly leaseId: string;
  /** `since`: the beginning of the wait by the store's clock; 0 until it is known. */
  readonly attempt: (since: number) => MaybePromise<Attempt<T>>;
  settle: (value: T) => void;
  fail: (error: unknown) => void;
  readonly discard: (value: T) => void;
  readonly onTimeout: () => unknown;
  readonly dueMs: number;
  node: QueueNode<Waiter<T>> | null;
  cancelRetry: Cancel;
  isTrying: boolean;
  /** When it took its place in the store, by the store's clock; 0 without a place. */
  since: number;
  hasLeft: boolean;
}

/** Options of a wait: its lease, its timeout and its signal. */
export interface WaitOptions<T> {
  /** The id of the lease that it waits for. */
  readonly leaseId: string;
  readonly timeoutMs: number;
  /** The error of a waiter that has timed out. */
  readonly onTimeout: () => unknown;
  /** False until a denial is known: the first attempt has a timeout of its own. */
  readonly mayTimeOut: () => boolean;
  readonly signal: AbortSignal | undefined;
  /** Releases the grant of a waiter that has left meanwhile. */
  readonly discard: (value: T) => void;
}

/** Creates a waiter that enters a queue now. */
export function newWaiter<T>(
  attempt: (since: number) => MaybePromise<Attempt<T>>,
  { leaseId, timeoutMs, onTimeout, discard }: WaitOptions<T>,
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
