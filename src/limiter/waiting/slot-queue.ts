import { MOST_PLACES_PER_CALL } from '../../algorithms/place-queue.js';
import type { Clock } from '../../core/clock.js';
import { whenReady, type MaybePromise } from '../../core/maybe-promise.js';
import { whenAborted } from './abort-signals.js';
import { LinkedQueue } from './linked-queue.js';
import type { Places } from './places.js';
import type { Attempt, Patience, Waiter } from './slot-waiter.js';

export type { Attempt } from './slot-waiter.js';

/** How often a waiter that is alone looks whether a place stands in its way that nobody needs. */
const POLLS_PER_CHECK = 5;

/** What a queue is made of. */
export interface SlotQueueOptions {
  readonly clock: Clock;
  /** The places of its waiters in the store; null when the store has no queue. */
  readonly places: Places | null;
  readonly onEmpty: () => void;
}

/**
 * Those who wait for a slot of one bucket, first come first served.
 *
 * With a queue in the store each waiter asks once when it comes and gets a place there, among the
 * waiters of all processes. Without one only the head asks. After that the head asks: when a slot is
 * released here (`wake`), when the oldest lease ends by itself, and at every `poll`. A release wakes
 * the head before anything else runs, so that nobody here who came later can take the slot.
 */
export class SlotQueue<T> {
  readonly #clock: Clock;
  readonly #places: Places | null;
  readonly #onEmpty: () => void;
  readonly #waiters = new LinkedQueue<Waiter<T>>();
  readonly #leaseIds = new Set<string>();
  #polls = 0;
  #newest = 0;
  #isClosed = false;
  #wakeAgain = false;
  #isWaking = false;
  #wakeNext = false;
  #isWakeDue = false;

  constructor({ clock, places, onEmpty }: SlotQueueOptions) {
    this.#clock = clock;
    this.#places = places;
    this.#onEmpty = onEmpty;
  }

  /** Waits for an attempt to be done. Rejects with what `patience` says, or with the attempt's error. */
  enter(attempt: (since: number) => MaybePromise<Attempt<T>>, patience: Patience<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const { leaseId, signal } = patience;
      const stop = (): void => {
        cancelTimeout();
        ignoreAbort();
      };
      const waiter: Waiter<T> = {
        leaseId,
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
        since: 0,
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
      this.#leaseIds.add(leaseId);
      if (this.#waiters.first === waiter) this.wake();
      else if (this.#places !== null) this.#try(waiter);
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

  /**
   * Lets the head try, and renews the places of all. Who is trying is not named: its attempt renews
   * its place by itself, and must not find one again after it got a slot.
   */
  poll(): void {
    const head = this.#waiters.first;
    if (head === undefined || this.#places === null) return;
    this.#polls += 1;
    const wasTrying = head.isTrying;
    if (!wasTrying) this.wake();
    const waiters: Waiter<T>[] = [];
    for (const waiter of this.#waiters) {
      if (waiters.length === MOST_PLACES_PER_CALL) break;
      if (waiter.since > 0 && !waiter.isTrying && !waiter.hasLeft) waiters.push(waiter);
    }
    const isCheckDue = this.#polls % POLLS_PER_CHECK === 0;
    if (waiters.length > 0 || wasTrying || isCheckDue) void this.#renew(this.#places, waiters);
  }

  /** Sends everybody away. */
  close(error: unknown): void {
    this.#isClosed = true;
    for (const waiter of [...this.#waiters]) this.#dismiss(waiter, error);
  }

  #letHeadTry(): void {
    const head = this.#waiters.first;
    if (head === undefined || this.#isClosed) return;
    this.#wakeAgain = head.isTrying;
    if (!head.isTrying) this.#try(head);
  }

  #try(waiter: Waiter<T>): void {
    waiter.isTrying = true;
    waiter.cancelRetry();
    try {
      const attempt = whenReady(waiter.attempt(waiter.since), (result) => {
        this.#tried(waiter, result);
      });
      Promise.resolve(attempt).catch((error: unknown) => {
        this.#dismiss(waiter, error);
      });
    } catch (error) {
      this.#dismiss(waiter, error);
    }
  }

  #tried(waiter: Waiter<T>, result: Attempt<T>): void {
    waiter.isTrying = false;
    if (result.done) {
      this.#remove(waiter);
      if (waiter.hasLeft) waiter.discard(result.value);
      else waiter.settle(result.value);
      this.wake();
      return;
    }
    if (waiter.since === 0) waiter.since = this.#after(result.since);
    const isHead = this.#waiters.first === waiter;
    if (waiter.hasLeft) {
      this.#remove(waiter);
      this.#places?.leave(waiter.leaseId);
      this.wake();
    } else if (isHead && this.#wakeAgain) {
      this.wake();
    } else if (this.#clock.nowMs() >= waiter.dueMs) {
      this.#dismiss(waiter, waiter.onTimeout());
    } else if (isHead) {
      waiter.cancelRetry = this.#clock.schedule(
        () => {
          this.wake();
        },
        Math.max(1, result.retryAfterMs),
        'background',
      );
    }
  }

  /** No two waiters came at the same moment: what was asked together is told apart by its order. */
  #after(sinceUs: number): number {
    this.#newest = Math.max(sinceUs, this.#newest + 1);
    return this.#newest;
  }

  /** Places that were lost are taken anew by it; who finds the queue full asks, and is told so. */
  async #renew(places: Places, waiters: readonly Waiter<T>[]): Promise<void> {
    const leaseIds = waiters.map(({ leaseId }) => leaseId);
    const kept = await places.keep(
      leaseIds,
      waiters.map(({ since }) => since),
    );
    if (kept === null || this.#isClosed) return;
    for (const waiter of waiters.slice(kept.kept)) {
      if (waiter.node?.isQueued === true && !waiter.isTrying) this.#try(waiter);
    }
    // A place of somebody who has left, when the word of that was lost: it would hold up everybody.
    const { first } = kept;
    if (first !== null && !this.#leaseIds.has(first)) places.leave(first);
  }

  /** Somebody lost patience. An attempt under way is waited for: it may have taken a slot. */
  #leave(waiter: Waiter<T>, error: unknown): void {
    if (waiter.isTrying) {
      waiter.hasLeft = true;
      waiter.fail(error);
      this.#places?.leave(waiter.leaseId);
      return;
    }
    this.#dismiss(waiter, error);
  }

  #dismiss(waiter: Waiter<T>, error: unknown): void {
    waiter.hasLeft = true;
    const wasHead = this.#waiters.first === waiter;
    this.#remove(waiter);
    waiter.fail(error);
    this.#places?.leave(waiter.leaseId);
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
    this.#leaseIds.delete(waiter.leaseId);
    if (waiter.node === null || !this.#waiters.remove(waiter.node)) return;
    if (this.#waiters.first === undefined) this.#onEmpty();
  }
}
