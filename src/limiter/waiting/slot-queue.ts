import { MOST_PLACES_PER_CALL } from '../../algorithms/place-queue.js';
import type { Clock } from '../../core/clock.js';
import { whenReady, type MaybePromise } from '../../core/maybe-promise.js';
import { whenAborted } from './abort-signals.js';
import { LinkedQueue } from './linked-queue.js';
import type { Places } from './places.js';
import { newWaiter, type Attempt, type WaitOptions, type Waiter } from './slot-waiter.js';

export type { Attempt } from './slot-waiter.js';

/** After so many polls, a lone waiter checks for an abandoned place ahead of it. */
const POLLS_PER_CHECK = 5;

/** Options of a `SlotQueue`. */
export interface SlotQueueOptions {
  readonly clock: Clock;
  /** The places of its waiters in the store; null when the store has no queue. */
  readonly places: Places | null;
  readonly onEmpty: () => void;
}

/**
 * The calls that wait for a slot of one identifier, first come, first served.
 *
 * With a queue in the store each waiter tries once when it enters and gets a place there, among the
 * waiters of all processes. Without one only the head tries. After that the head tries again when a
 * slot is released here (`wake`), when the oldest lease expires, and at every `poll`. A release wakes
 * the head before anything else runs, so that no later call here can take the slot.
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

  /** Waits until an attempt is done. Rejects with the timeout error, the signal's reason, or the attempt's error. */
  enter(attempt: (since: number) => MaybePromise<Attempt<T>>, options: WaitOptions<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiter = newWaiter(attempt, options, this.#clock.nowMs());
      const stop = this.#watch(waiter, options);
      waiter.settle = (value) => {
        stop();
        resolve(value);
      };
      waiter.fail = (error) => {
        stop();
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller's own reason
        reject(error);
      };
      waiter.node = this.#waiters.push(waiter);
      this.#leaseIds.add(waiter.leaseId);
      if (this.#waiters.first === waiter) this.wake();
      else if (this.#places !== null) this.#try(waiter);
    });
  }

  /** Ends the wait at its timeout, or when its signal aborts. Returns a function that stops both. */
  #watch(
    waiter: Waiter<T>,
    { signal, timeoutMs, mayTimeOut, onTimeout }: WaitOptions<T>,
  ): () => void {
    const ignoreAbort = whenAborted(signal, (reason) => {
      this.#leave(waiter, reason);
    });
    const timeOut = (): void => {
      if (!waiter.isTrying || mayTimeOut()) this.#leave(waiter, onTimeout());
    };
    const cancelTimeout = this.#clock.schedule(timeOut, timeoutMs, 'awaited');
    return () => {
      cancelTimeout();
      ignoreAbort();
    };
  }

  /**
   * Lets the head try now, or again if it is trying: its reply may be older than this call.
   * A loop, because one call may serve thousands of waiters.
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
   * Lets the head try, and renews the places of all waiters but those that are trying: an attempt
   * renews its place by itself, and a waiter that got a slot must not take a place again.
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

  /** Rejects every waiter. */
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
    if (waiter.since === 0) waiter.since = this.#uniqueMoment(result.since);
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

  /** A unique moment: waiters of the same moment are numbered in their order. */
  #uniqueMoment(sinceUs: number): number {
    this.#newest = Math.max(sinceUs, this.#newest + 1);
    return this.#newest;
  }

  /** Renews and restores places; a waiter for which the queue is full tries, and is denied. */
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
    // The place of a waiter that has left, if that call was lost: it would block all others.
    const { first } = kept;
    if (first !== null && !this.#leaseIds.has(first)) places.leave(first);
  }

  /** Removes a waiter. An attempt in flight is awaited: it may have taken a slot. */
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
    // Many may leave together, by one signal: the new head tries after the last of them.
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
