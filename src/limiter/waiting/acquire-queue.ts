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
import { Sleepers } from './sleepers.js';
import { SlotQueues } from './slot-queues.js';
import type { Attempt } from './slot-waiter.js';

/** What the queues of all limiters share. */
export interface AcquireQueueContext {
  readonly clock: Clock;
  readonly keeper: LeaseKeeper;
}

/** One `acquire` that waits. */
export interface Waiting {
  readonly identifier: string;
  /** Of the lease that it waits for; null for units alone. */
  readonly leaseId: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /**
   * Sends a request that may wait so many milliseconds. `since` is the moment since which it has
   * waited, by the store's clock; 0 the first time.
   */
  readonly attempt: (withinMs: number, since: number) => MaybePromise<Turn>;
}

/** A request and its answer. */
export interface Turn {
  readonly request: LimiterRequest;
  readonly answer: Answer;
}

/** How an `acquire` ended: with a lease when the answer is allowed. */
export interface Acquired {
  readonly answer: Answer;
  readonly lease: Lease;
}

/** Ends the wait for a slot at its timeout; the last denial is the answer then. */
const TIMED_OUT = Symbol('timed out');

/**
 * The calls of one limiter that wait. Those for units reserve a moment in the store and sleep until
 * then; those for a slot queue. A lease that is released wakes the queue.
 */
export class AcquireQueue {
  readonly #limiter: LimiterHandle;
  readonly #context: AcquireQueueContext;
  readonly #queues: SlotQueues<Turn>;
  readonly #sleepers: Sleepers;
  /** Calls that have not ended, and releases of what was granted to calls that gave up. */
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #cancelled = new CancelledGrants((grants) => this.#release(grants));
  #isClosed = false;

  constructor(limiter: LimiterHandle, context: AcquireQueueContext) {
    this.#limiter = limiter;
    this.#context = context;
    this.#sleepers = new Sleepers(context.clock);
    this.#queues = new SlotQueues({
      limiter,
      clock: context.clock,
      follow: (work) => void this.#followed(work),
    });
  }

  /**
   * Waits for an answer that is allowed, and for its moment. A denial is final: it is returned as it
   * is. Rejects with the signal's reason, with `ClosedError`, and with `AcquireTimeoutError` when the
   * store did not answer in time.
   */
  take(waiting: Waiting): Promise<Acquired> {
    return this.#followed(this.#take(waiting));
  }

  /** Remembers work until it ends, so that a shutdown can wait for it. */
  #followed<T>(work: Promise<T>): Promise<T> {
    const ended = (): void => {
      this.#underWay.delete(work);
    };
    this.#underWay.add(work);
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
      await this.#sleepers.sleep(waitMs, waiting.signal);
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

  /** Rejects every waiting call with `ClosedError`, and releases what was reserved for it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#sleepers.close(new ClosedError());
    this.#queues.close(new ClosedError());
    while (this.#underWay.size > 0) await Promise.allSettled([...this.#underWay]);
  }

  async #next(waiting: Waiting, startMs: number): Promise<Turn> {
    const { identifier, leaseId, timeoutMs, signal } = waiting;
    const denied: { last: Turn | null } = { last: null };
    const leftMs = (): number => Math.max(0, timeoutMs - (this.#context.clock.nowMs() - startMs));
    const attempt = (since: number): MaybePromise<Attempt<Turn>> =>
      whenReady(waiting.attempt(Math.floor(leftMs()), since), (turn): Attempt<Turn> => {
        const { decision, verdict } = turn.answer;
        if (verdict?.denial !== 'slot') return { done: true, value: turn };
        denied.last = turn;
        const { retryAfterMs } = decision;
        return { done: false, retryAfterMs, since: verdict.reservation };
      });
    if (leaseId === null) {
      const first = attempt(0);
      const only = isPromise(first) ? await this.#unlessAborted(first, signal) : first;
      return only.done ? only.value : this.#unanswered(timeoutMs);
    }
    try {
      return await this.#queues.of(identifier).enter(attempt, {
        leaseId,
        timeoutMs: leftMs(),
        signal,
        onTimeout: () => TIMED_OUT,
        mayTimeOut: () => denied.last !== null,
        discard: (turn) => void this.#followed(this.#cancel(turn)),
      });
    } catch (error) {
      if (error !== TIMED_OUT) throw error;
      return denied.last ?? this.#unanswered(timeoutMs);
    }
  }

  /** The answer, or the signal's reason at once; what is granted after that is released. */
  #unlessAborted(
    answer: Promise<Attempt<Turn>>,
    signal: AbortSignal | undefined,
  ): Promise<Attempt<Turn>> {
    return unlessAborted(this.#followed(answer), signal, {
      onAbort: () => {
        this.#cancelled.abandoned();
      },
      onLate: (late) => {
        const turn = late?.done === true ? late.value : null;
        const grant = turn === null ? null : grantIn(turn);
        void this.#followed(this.#cancelled.answered(grant));
      },
    });
  }

  #unanswered(timeoutMs: number): never {
    throw new AcquireTimeoutError(this.#limiter.id, timeoutMs, 0);
  }

  /** Releases what a turn took for which no call waits any more. */
  async #cancel(turn: Turn): Promise<void> {
    const grant = grantIn(turn);
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

/** What an answer granted; null for a denial, or the answer of a failure mode. */
function grantIn({ request, answer: { verdict } }: Turn): Grant | null {
  return verdict?.allowed === true ? grantOf(request, verdict) : null;
}
