import type { Clock } from '../../core/clock.js';
import { AcquireTimeoutError, ClosedError } from '../../core/errors/index.js';
import { isPromise, whenReady, type MaybePromise } from '../../core/maybe-promise.js';
import type { Grant, LeaseRef, Verdict } from '../../core/store.js';
import { unlessAborted } from './abort-signals.js';
import type { Answer, LimiterHandle } from '../answer.js';
import { grantOf, settleQuietly, type LimiterRequest } from '../batch.js';
import { CancelledGrants } from './cancelled-grants.js';
import { HeldLease, type HeldSlot, type LeaseKeeper } from './lease.js';
import type { Lease } from '../limiter.js';
import { Sleepers } from './sleepers.js';
import { SlotQueues } from './slot-queues.js';
import type { Attempt } from './slot-waiter.js';

/** What waiting needs. */
export interface AcquireQueueContext {
  readonly clock: Clock;
  readonly keeper: LeaseKeeper;
}

/** One caller that waits for its turn. */
export interface Waiting {
  readonly identifier: string;
  /** Of the lease that it waits for; null for units alone. */
  readonly leaseId: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Asks the store for a turn within so many milliseconds, for one who waits since a moment. */
  readonly ask: (
    withinMs: number,
    since: number,
  ) => { ask: LimiterRequest; answer: MaybePromise<Answer> };
}

/** A turn that has come, or the refusal of one. */
export interface Acquired {
  readonly answer: Answer;
  readonly lease: Lease;
}

/** What ends a wait for a slot whose time is up; the last refusal is the answer then. */
const TIME_IS_UP = Symbol('time is up');

interface Turn {
  readonly ask: LimiterRequest;
  readonly answer: Answer;
}

/**
 * The turns of one limiter: who waits for units reserves a moment in the store and sleeps until then;
 * who waits for a slot queues here. Leases made here wake the queue when they are released.
 */
export class AcquireQueue {
  readonly #limiter: LimiterHandle;
  readonly #context: AcquireQueueContext;
  readonly #queues: SlotQueues<Turn>;
  readonly #sleepers: Sleepers;
  /** Turns that are being taken, and what goes back of those that were given up. */
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
   * Waits for an answer that is allowed, and for its moment. A refused answer is final: it is
   * returned as it is. Rejects with the signal's reason, with `ClosedError`, and with
   * `AcquireTimeoutError` when the store did not answer in time.
   */
  take(waiting: Waiting): Promise<Acquired> {
    return this.#followed(this.#take(waiting));
  }

  /** Remembers work until it ends, so that a shutdown can wait for it. */
  #followed<T>(work: Promise<T>): Promise<T> {
    const isOver = (): void => {
      this.#underWay.delete(work);
    };
    this.#underWay.add(work);
    work.then(isOver, isOver);
    return work;
  }

  async #take(waiting: Waiting): Promise<Acquired> {
    const { clock } = this.#context;
    const startMs = clock.nowMs();
    if (this.#isClosed) throw new ClosedError();
    const { ask, answer } = await this.#next(waiting, startMs);
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- closed meanwhile
    if (this.#isClosed) {
      await this.#cancel(ask, answer.verdict);
      throw new ClosedError();
    }
    const waitMs = answer.verdict?.waitMs ?? 0;
    const lease = this.lease(ask, answer, clock.nowMs() - startMs + waitMs);
    if (!answer.decision.allowed) return { answer, lease };
    try {
      waiting.signal?.throwIfAborted();
      await this.#sleepers.sleep(waitMs, waiting.signal);
    } catch (reason) {
      await this.#cancel(ask, answer.verdict);
      throw reason;
    }
    return { answer, lease };
  }

  /** The lease of an answer; it holds a slot when the store gave one. */
  lease(ask: LimiterRequest, { decision, verdict }: Answer, waitedMs: number): Lease {
    const { limiterId, identifier, leaseId, policy } = ask.request;
    const { concurrency } = policy;
    const holdsSlot = verdict?.allowed === true && leaseId !== null;
    const slot =
      holdsSlot && concurrency !== undefined
        ? this.#keep({ limiterId, identifier, leaseId, leaseMs: concurrency.leaseMs }, ask.askedMs)
        : null;
    return new HeldLease({
      limiterId,
      waitedMs,
      degraded: decision.degraded,
      slot,
      onRelease: () =>
        verdict === null
          ? Promise.resolve()
          : this.#release([{ ...grantOf(ask, verdict), cost: 0 }]),
    });
  }

  #keep(lease: LeaseRef, askedMs: number): HeldSlot {
    return this.#context.keeper.keep(this.#limiter.store, lease, askedMs);
  }

  /** Lets the first in the queue of an identifier try again. */
  wake(identifier: string): void {
    this.#queues.wake(identifier);
  }

  /** Sends everybody away who waits, and returns what was reserved for them. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#sleepers.close(new ClosedError());
    this.#queues.close(new ClosedError());
    while (this.#underWay.size > 0) await Promise.allSettled([...this.#underWay]);
  }

  async #next(waiting: Waiting, startMs: number): Promise<Turn> {
    const { clock } = this.#context;
    const { identifier, timeoutMs, signal } = waiting;
    const refused: Turn[] = [];
    const attempt = (since: number): MaybePromise<Attempt<Turn>> => {
      const leftMs = Math.max(0, Math.floor(timeoutMs - (clock.nowMs() - startMs)));
      const { ask, answer } = waiting.ask(leftMs, since);
      return whenReady(answer, (answered): Attempt<Turn> => {
        const { retryAfterMs } = answered.decision;
        if (answered.verdict?.denial !== 'slot')
          return { done: true, value: { ask, answer: answered } };
        refused[0] = { ask, answer: answered };
        return { done: false, retryAfterMs, askedAt: answered.verdict.reservation };
      });
    };

    const { leaseId } = waiting;
    if (leaseId === null) {
      const answer = attempt(0);
      const only = isPromise(answer) ? await this.#unlessAborted(answer, signal) : answer;
      return only.done ? only.value : this.#unanswered(timeoutMs);
    }
    const queue = this.#queues.of(identifier);
    try {
      return await queue.enter(attempt, {
        leaseId,
        timeoutMs: Math.max(0, timeoutMs - (clock.nowMs() - startMs)),
        signal,
        onTimeout: () => TIME_IS_UP,
        mayTimeOut: () => refused.length > 0,
        discard: (turn) => {
          this.#discard(turn);
        },
      });
    } catch (error) {
      if (error !== TIME_IS_UP) throw error;
      return refused[0] ?? this.#unanswered(timeoutMs);
    }
  }

  /** The answer, or the signal's reason at once; what is granted after that goes back. */
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
        const grant = turn === null ? null : grantedTo(turn.ask, turn.answer.verdict);
        void this.#followed(this.#cancelled.answered(grant));
      },
    });
  }

  #unanswered(timeoutMs: number): never {
    throw new AcquireTimeoutError(this.#limiter.id, timeoutMs, 0);
  }

  /** Returns a turn that nobody waits for any more. */
  #discard({ ask, answer }: Turn): void {
    void this.#followed(this.#cancel(ask, answer.verdict));
  }

  /** Returns what a turn took. */
  async #cancel(ask: LimiterRequest, verdict: Verdict | null): Promise<void> {
    const grant = grantedTo(ask, verdict);
    if (grant !== null) await this.#cancelled.add(grant);
  }

  async #release(grants: readonly Grant[]): Promise<void> {
    for (const { leaseId } of grants) if (leaseId !== null) this.#context.keeper.drop(leaseId);
    await settleQuietly(() => {
      const returned = this.#limiter.store.release(grants, ({ identifier }) => {
        this.wake(identifier);
      });
      return whenReady(returned, () => {
        for (const { identifier } of grants) this.wake(identifier);
      });
    });
  }
}

/** What an answer granted; null for a refusal, or the answer of a failure mode. */
function grantedTo(ask: LimiterRequest, verdict: Verdict | null): Grant | null {
  return verdict?.allowed === true ? grantOf(ask, verdict) : null;
}
