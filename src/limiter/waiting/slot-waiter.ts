import type { Cancel } from '../../core/clock.js';
import type { MaybePromise } from '../../core/maybe-promise.js';
import type { QueueNode } from './linked-queue.js';

/** What became of one attempt to get a slot. */
export type Attempt<T> =
  | { readonly done: true; readonly value: T }
  /** No slot is free; one is for certain when so much time has passed. */
  | {
      readonly done: false;
      readonly retryAfterMs: number;
      /** When it was asked, by the store. */
      readonly askedAt: number;
    };

/** Somebody in the queue. */
export interface Waiter<T> {
  readonly leaseId: string;
  /** Is told since when the waiter waits, by the store; 0 when that is not known yet. */
  readonly attempt: (since: number) => MaybePromise<Attempt<T>>;
  readonly settle: (value: T) => void;
  readonly fail: (error: unknown) => void;
  readonly discard: (value: T) => void;
  readonly onTimeout: () => unknown;
  readonly dueMs: number;
  node: QueueNode<Waiter<T>> | null;
  cancelRetry: Cancel;
  isTrying: boolean;
  /** Since when it has a place in the store, by the store; 0 when it has none. */
  since: number;
  hasLeft: boolean;
}

/** How a waiter may leave before its turn. */
export interface Patience<T> {
  /** Of the lease that it waits for. */
  readonly leaseId: string;
  readonly timeoutMs: number;
  /** Makes the error of a waiter whose time is up. */
  readonly onTimeout: () => unknown;
  /** False until it is known that the waiter must wait: its first attempt ends by itself in time. */
  readonly mayTimeOut: () => boolean;
  readonly signal: AbortSignal | undefined;
  /** Takes what an attempt got for a waiter who had left meanwhile. */
  readonly discard: (value: T) => void;
}
