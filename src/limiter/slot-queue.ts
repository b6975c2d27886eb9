import type { Cancel, Clock } from '../core/clock.js';
import { whenReady, type MaybePromise } from '../core/maybe-promise.js';
import { whenAborted } from './abort-signals.js';
import { LinkedQueue, type QueueNode } from './linked-queue.js';

/** What became of one attempt to get a slot. */
export type Attempt<T> =
  | { readonly done: true; readonly value: T }
  /** No slot is free; one is for certain when so much time has passed. */
  | { readonly done: false; readonly retryAfterMs: number };

/** Somebody in the queue. */
interface Waiter<T> {
  readonly attempt: () => MaybePromise<Attempt<T>>;
  readonly settle: (value: T) => void;
  readonly fail: (error: unknown) => void;
  readonly discard: (value: T) => void;
  readonly onTimeout: () => unknown;
  readonly dueMs: number;
  node: QueueNode<Waiter<T>> | null;
  cancelRetry: Cancel;
  isTrying: boolean;
  hasLeft: boolean;
}

/** How a waiter may leave before its turn. */
export interface Patience<T> {
  readonly timeoutMs: number;
  /** Makes the error of a waiter whose time is up. */
  readonly onTimeout: () => unknown;
  /** False until it is known that the waiter must wait: its first attempt ends by itself in time. */
  readonly mayTimeOut: () => boolean;
  readonly signal: AbortSignal | undefined;
  /** Takes what an attempt got for a waiter who had left meanwhile. */
  readonly discard: (value: T) => void;
}

/**
 * Those who wait for a slot of one bucket, first come first served.
 *
 * Only the head of the queue asks the store: when a slot is released (`wake`), and when the oldest
 * lease ends by itself. A release wakes the head before anything else runs, so that nobody who
 * came later can take the slot.
 */
export class SlotQueue<T> {
  readonly #clock: Clock;
  readonly #waiters = new LinkedQueue<Waiter<T>>();
  #isClosed = false;
  #wakeAgain = false;
  #isWaking = false;
  #wakeNext = false;
  #isWakeDue = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#waiters.first === undefined;
  }

  /** Waits for an attempt to be done. Rejects with what `patience` says, or with the attempt's error. */
  enter(attempt: () => MaybePromise<Attempt<T>>, patience: Patience<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const { signal } = patience;
      const stop = (): void => {
        cancelTimeout();
        ignoreAbort();
      };
      const waiter: Waiter<T> = {
        attempt,
        settle: (value) => {
          stop();
          resolve(value);
        },
        fail: (error) => {
          stop();
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller's own reason
          reject(error);
        },
        discard: patience.discard,
        onTimeout: patience.onTimeout,
        dueMs: this.#clock.nowMs() + patience.timeoutMs,
        node: null,
        cancelRetry: () => undefined,
        isTrying: false,
        hasLeft: false,
      };
      const ignoreAbort = whenAborted(signal, (reason) => {
        this.#leave(waiter, reason);
      });
      const cancelTimeout = this.#clock.schedule(
        () => {
          if (!waiter.isTrying || patience.mayTimeOut()) {
            this.#leave(waiter, patience.onTimeout());
          }
        },
        patience.timeoutMs,
        'awaited',
      );
      waiter.node = this.#waiters.push(waiter);
      if (this.#waiters.first === waiter) this.wake();
    });
  }

  /**
   * Lets the head try now, or once more when it is trying: its answer may be older than this.
   * Thousands may be served by one call, one after the other and not one inside of the other.
   */
  wake(): void {
    this.#wakeNext = true;
    if (this.#isWaking) return;
    this.#isWaking = true;
    while (this.#wakeNext) {
      this.#wakeNext = false;
      this.#letHeadTry();
    }
    this.#isWaking = false;
  }

  #letHeadTry(): void {
    const head = this.#waiters.first;
    if (head === undefined || this.#isClosed) return;
    this.#wakeAgain = head.isTrying;
    if (head.isTrying) return;
    head.isTrying = true;
    head.cancelRetry();
    try {
      const attempt = whenReady(head.attempt(), (result) => {
        this.#tried(head, result);
      });
      Promise.resolve(attempt).catch((error: unknown) => {
        this.#dismiss(head, error);
      });
    } catch (error) {
      this.#dismiss(head, error);
    }
  }

  /** Sends everybody away. */
  close(error: unknown): void {
    this.#isClosed = true;
    for (const waiter of [...this.#waiters]) this.#dismiss(waiter, error);
  }

  #tried(waiter: Waiter<T>, result: Attempt<T>): void {
    waiter.isTrying = false;
    if (result.done) {
      this.#remove(waiter);
      if (waiter.hasLeft) waiter.discard(result.value);
      else waiter.settle(result.value);
      this.wake();
    } else if (waiter.hasLeft) {
      this.#remove(waiter);
      this.wake();
    } else if (this.#wakeAgain) {
      this.wake();
    } else if (this.#clock.nowMs() >= waiter.dueMs) {
      this.#dismiss(waiter, waiter.onTimeout());
    } else {
      waiter.cancelRetry = this.#clock.schedule(
        () => {
          this.wake();
        },
        Math.max(1, result.retryAfterMs),
        'background',
      );
    }
  }

  /** Somebody lost patience. An attempt under way is waited for: it may have taken a slot. */
  #leave(waiter: Waiter<T>, error: unknown): void {
    if (waiter.isTrying) {
      waiter.hasLeft = true;
      waiter.fail(error);
      return;
    }
    this.#dismiss(waiter, error);
  }

  #dismiss(waiter: Waiter<T>, error: unknown): void {
    waiter.hasLeft = true;
    const wasHead = this.#waiters.first === waiter;
    this.#remove(waiter);
    waiter.fail(error);
    // Many may leave together, by one signal: the next head tries when all of them have left.
    if (wasHead) this.#wakeSoon();
  }

  #wakeSoon(): void {
    if (this.#isWakeDue) return;
    this.#isWakeDue = true;
    queueMicrotask(() => {
      this.#isWakeDue = false;
      this.wake();
    });
  }

  #remove(waiter: Waiter<T>): void {
    waiter.cancelRetry();
    if (waiter.node !== null) this.#waiters.remove(waiter.node);
  }
}
