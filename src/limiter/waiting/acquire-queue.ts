import type { Clock } from '../../core/clock.js';
import { AcquireTimeoutError, ClosedError } from '../../core/errors/index.js';
import { isPromise, whenReady, type MaybePromise } from '../../core/maybe-promise.js';
import type { Grant, LeaseRef } from '../../core/store.js';
import { unlessAborted } from './abort-signals.js';
import type { Answer, LimiterHandle } from '../answer.js';
import { grantOf, settleQuietly, type LimiterRequest } from '../batch.js';
import { CancelledGrants } from './cancelled-grants.js';
import { HeldLease, type HeldSlot, type LeaseKeeper } from './lease.js';
import type { Lease } from '../limiter.js';
import { ReservationWaits } from './reservation-waits.js';
import { SlotQueues } from './slot-queues.js';
import type { Attempt } from './slot-waiter.js';

/** The services that the queues of all limiters share. */
export interface AcquireQueueContext {
  readonly clock: Clock;
  readonly keeper: LeaseKeeper;
}

/** One `acquire` that waits. */
export interface Waiting {
  readonly identifier: string;
  /** The id of the lease that it waits for; null for units only. */
  readonly leaseId: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /**
   * Sends a request with `withinMs` as its longest wait. `since` is the beginning of the wait by the
   * store's clock; 0 the first time.
   */
  readonly attempt: (withinMs: number, since: number) => MaybePromise<AnsweredRequest>;
}

/** A request and its answer. */
export interface AnsweredRequest {
  readonly request: LimiterRequest;
  readonly answer: Answer;
}

/** The result of an `acquire`: its lease is valid when the answer is allowed. */
export interface Acquired {
  readonly answer: Answer;
  readonly lease: Lease;
}

/** Ends the wait for a slot at its timeout; the last denial becomes the answer. */
const TIMED_OUT = Symbol('timed out');

/**
 * The waiting calls of one limiter. Calls for units reserve a moment in the store and wait for it;
 * calls for slots queue. A released lease wakes the queue.
 */
export class AcquireQueue {
  readonly #limiter: LimiterHandle;
  readonly #context: AcquireQueueContext;
  readonly #queues: SlotQueues<AnsweredRequest>;
  readonly #reservations: ReservationWaits;
  /** Calls that have not ended, and releases of grants whose calls were cancelled. */
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #cancelled = new CancelledGrants((grants) => this.#release(grants));
  #isClosed = false;

  constructor(limiter: LimiterHandle, context: AcquireQueueContext) {
    this.#limiter = limiter;
    this.#context = context;
    this.#reservations = new ReservationWaits(context.clock);
    this.#queues = new SlotQueues({
      limiter,
      clock: context.clock,
      follow: (work) => void this.#tracked(work),
    });
  }

  /**
   * Waits for an allowed answer, and for its reserved moment. A denial is final and is returned. Rejects
   * with the signal's reason, with `ClosedError`, and with `AcquireTimeoutError` when the store did not
   * reply in time.
   */
  take(waiting: Waiting): Promise<Acquired> {
    return this.#tracked(this.#take(waiting));
  }

  /** Tracks work until it ends, so that a shutdown can wait for it. */
  #tracked<T>(work: Promise<T>): Promise<T> {
    const ended = (): void => {
      this.#inFlight.delete(work);
    };
    this.#inFlight.add(work);
    work.then(ended, ended);
    return work;
  }

  async #take(waiting: Waiting): Promise<Acquired> {
    const { clock } = this.#context;
    const startMs = clock.nowMs();
    if (this.#isClosed) throw new ClosedError();
    const { request, answer } = await this.#next(waiting, startMs);
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- closed meanwhile
    if (this.#isClosed) {
      await this.#cancel({ request, answer });
      throw new ClosedError();
    }
    const waitMs = answer.verdict?.waitMs ?? 0;
    const lease = this.lease(request, answer, clock.nowMs() - startMs + waitMs);
    if (!answer.decision.allowed) return { answer, lease };
    try {
      waiting.signal?.throwIfAborted();
      await this.#reservations.wait(waitMs, waiting.signal);
    } catch (reason) {
      await this.#cancel({ request, answer });
      throw reason;
    }
    return { answer, lease };
  }

  /** The lease of an answer; it holds a slot when the store granted one. */
  lease(request: LimiterRequest, { decision, verdict }: Answer, waitedMs: number): Lease {
    const { limiterId, identifier, leaseId, policy } = request.request;
    const { concurrency } = policy;
    const holdsSlot = verdict?.allowed === true && leaseId !== null;
    const slot =
      holdsSlot && concurrency !== undefined
        ? this.#keep(
            { limiterId, identifier, leaseId, leaseMs: concurrency.leaseMs },
            request.requestedMs,
          )
        : null;
    return new HeldLease({
      limiterId,
      waitedMs,
      degraded: decision.degraded,
      slot,
      onRelease: () =>
        verdict === null
          ? Promise.resolve()
          : this.#release([{ ...grantOf(request, verdict), cost: 0 }]),
    });
  }

  #keep(lease: LeaseRef, requestedMs: number): HeldSlot {
    return this.#context.keeper.keep(this.#limiter.store, lease, requestedMs);
  }

  /** Lets the first in the queue of an identifier try again. */
  wake(identifier: string): void {
    this.#queues.wake(identifier);
  }

  /** Rejects every waiting call with `ClosedError`, and releases its reservation. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#reservations.close(new ClosedError());
    this.#queues.close(new ClosedError());
    while (this.#inFlight.size > 0) await Promise.allSettled([...this.#inFlight]);
  }

  async #next(waiting: Waiting, startMs: number): Promise<AnsweredRequest> {
    const { identifier, leaseId, timeoutMs, signal } = waiting;
    const denied: { last: AnsweredRequest | null } = { last: null };
    const leftMs = (): number => Math.max(0, timeoutMs - (this.#context.clock.nowMs() - startMs));
    const attempt = (since: number): MaybePromise<Attempt<AnsweredRequest>> =>
      whenReady(
        waiting.attempt(Math.floor(leftMs()), since),
        (answered): Attempt<AnsweredRequest> => {
          const { decision, verdict } = answered.answer;
          if (verdict?.denial !== 'slot') return { done: true, value: answered };
          denied.last = answered;
          const { retryAfterMs } = decision;
          return { done: false, retryAfterMs, since: verdict.reservation };
        },
      );
    if (leaseId === null) {
      const first = attempt(0);
      const only = isPromise(first) ? await this.#unlessAborted(first, signal) : first;
      return only.done ? only.value : this.#throwTimeout(timeoutMs);
    }
    try {
      return await this.#queues.of(identifier).enter(attempt, {
        leaseId,
        timeoutMs: leftMs(),
        signal,
        onTimeout: () => TIMED_OUT,
        mayTimeOut: () => denied.last !== null,
        discard: (answered) => void this.#tracked(this.#cancel(answered)),
      });
    } catch (error) {
      if (error !== TIMED_OUT) throw error;
      return denied.last ?? this.#throwTimeout(timeoutMs);
    }
  }

  /** The answer, or a rejection as soon as the signal aborts; a later grant is released. */
  #unlessAborted(
    answer: Promise<Attempt<AnsweredRequest>>,
    signal: AbortSignal | undefined,
  ): Promise<Attempt<AnsweredRequest>> {
    return unlessAborted(this.#tracked(answer), signal, {
      onAbort: () => {
        this.#cancelled.abandoned();
      },
      onLate: (late) => {
        const answered = late?.done === true ? late.value : null;
        const grant = answered === null ? null : grantIn(answered);
        void this.#tracked(this.#cancelled.answered(grant));
      },
    });
  }

  #throwTimeout(timeoutMs: number): never {
    throw new AcquireTimeoutError(this.#limiter.id, timeoutMs, 0);
  }

  /** Releases the grant of an attempt whose call was cancelled. */
  async #cancel(answered: AnsweredRequest): Promise<void> {
    const grant = grantIn(answered);
    if (grant !== null) await this.#cancelled.add(grant);
  }

  async #release(grants: readonly Grant[]): Promise<void> {
    for (const { leaseId } of grants) if (leaseId !== null) this.#context.keeper.drop(leaseId);
    await settleQuietly(() => {
      const released = this.#limiter.store.release(grants, ({ identifier }) => {
        this.wake(identifier);
      });
      return whenReady(released, () => {
        for (const { identifier } of grants) this.wake(identifier);
      });
    });
  }
}

/** The grant of an answer; null for a denial and for a decision of a failure mode. */
function grantIn({ request, answer: { verdict } }: AnsweredRequest): Grant | null {
  return verdict?.allowed === true ? grantOf(request, verdict) : null;
}
