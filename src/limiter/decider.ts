import type { Clock } from '../core/clock.js';
import type { StoreUnavailableError } from '../core/errors/index.js';
import { allReady, whenReady, type MaybePromise } from '../core/maybe-promise.js';
import type { BatchMode, StoreRequest } from '../core/store.js';
import { answerOf, isAllowed, type Answer, type LimiterHandle } from './answer.js';
import { decideBatch, type LimiterRequest } from './batch.js';
import { isVerdicts, type StoreReply } from './guarded-store/guarded-store.js';
import type { AnsweredCall, Observers } from './observers.js';

/** A decided call without its times. */
type Call = Omit<AnsweredCall, 'durationMs' | 'waitedMs'>;

/**
 * The only path of a decision: sends requests to their stores, measures the duration of the replies, and
 * notifies observers. Nothing is measured without observers.
 */
export class Decider {
  readonly #observers: Observers;
  readonly #clock: Clock;

  constructor(observers: Observers, clock: Clock) {
    this.#observers = observers;
    this.#clock = clock;
  }

  /** Decides one request and returns the result of `use`. */
  one<T>(
    limiter: LimiterHandle,
    request: StoreRequest,
    use: (answer: Answer) => T,
  ): MaybePromise<T> {
    const startMs = this.startMs();
    const finish = (reply: StoreReply): T => {
      const answer = this.#read(limiter, reply);
      this.finished(request, answer, startMs, null);
      return use(answer);
    };
    const reply = sendOne(limiter, request, limiter.timeoutMs);
    return isVerdicts(reply) ? finish(reply) : Promise.resolve(reply).then(finish);
  }

  /** Decides one request of a call that may need several; call `finished` at its end. */
  attempt<T>(
    limiter: LimiterHandle,
    request: StoreRequest,
    timeoutMs: number,
    use: (answer: Answer) => T,
  ): MaybePromise<T> {
    return whenReady(sendOne(limiter, request, timeoutMs), (reply) =>
      use(this.#read(limiter, reply)),
    );
  }

  /** Decides several requests, together or (`each`) independently; returns the result of `use`. */
  many<T>(
    requests: readonly LimiterRequest[],
    mode: BatchMode | 'each',
    endpoint: (() => string) | null,
    use: (answers: readonly Answer[]) => T,
  ): MaybePromise<T> {
    const startMs = this.startMs();
    const decided = mode === 'each' ? decideEach(requests) : decideBatch(requests, mode);
    return whenReady(decided, (answers) => {
      this.#reportFailures(requests, answers);
      if (this.#observers.wants(answers)) {
        const allowed = mode === 'any' ? answers.some(isAllowed) : answers.every(isAllowed);
        const identifiers = requests.map(({ request }) => request.identifier);
        const call = { answers, allowed, identifiers, endpoint: endpoint?.() ?? null };
        this.#notify(call, startMs, null);
      }
      return use(answers);
    });
  }

  /** The start time of a call; 0 without observers. */
  startMs(): number {
    return this.#observers.hasObservers ? this.#clock.nowMs() : 0;
  }

  /**
   * Ends a call with one answer. `storeMs` is the store's share of the duration of a call that waited, in
   * milliseconds; null for a call that did not wait.
   */
  finished(
    { identifier }: StoreRequest,
    answer: Answer,
    startMs: number,
    storeMs: number | null,
  ): void {
    if (!this.#observers.hasObservers) return;
    const answers = [answer];
    if (!this.#observers.wants(answers)) return;
    const { allowed } = answer.decision;
    const call = { answers, allowed, identifiers: [identifier], endpoint: null };
    this.#notify(call, startMs, storeMs);
  }

  #notify(call: Call, startMs: number, storeMs: number | null): void {
    const totalMs = this.#clock.nowMs() - startMs;
    this.#observers.decision({
      ...call,
      durationMs: storeMs ?? totalMs,
      waitedMs: storeMs === null ? null : Math.max(0, totalMs - storeMs),
    });
  }

  #read(limiter: LimiterHandle, reply: StoreReply): Answer {
    const answer = answerOf(limiter, reply);
    if (answer.failure !== null) this.#reportFailure([limiter], answer.failure);
    return answer;
  }

  /** One event for all limiters that failed in the same way. */
  #reportFailures(requests: readonly LimiterRequest[], answers: readonly Answer[]): void {
    if (answers.every(({ failure }) => failure === null)) return;
    const causes = new Map<string, { failure: StoreUnavailableError; limiters: LimiterHandle[] }>();
    requests.forEach(({ limiter }, index) => {
      const failure = answers[index]?.failure;
      if (failure == null) return;
      const { storeId, kind, failureCode, address } = failure;
      const cause = [storeId, kind, failureCode, address].join('\n');
      const known = causes.get(cause);
      if (known === undefined) causes.set(cause, { failure, limiters: [limiter] });
      else known.limiters.push(limiter);
    });
    for (const { limiters, failure } of causes.values()) this.#reportFailure(limiters, failure);
  }

  #reportFailure(limiters: readonly LimiterHandle[], failure: StoreUnavailableError): void {
    this.#observers.degraded({
      storeId: failure.storeId,
      limiterIds: limiters.map(({ id }) => id),
      modes: limiters.map(({ failureMode }) => failureMode),
      kind: failure.kind,
      failureCode: failure.failureCode,
    });
  }
}

/** Sends one request to its store. Never rejects. */
function sendOne(
  limiter: LimiterHandle,
  request: StoreRequest,
  timeoutMs: number | null,
): MaybePromise<StoreReply> {
  const onReleased =
    request.leaseId === null
      ? undefined
      : () => {
          limiter.slotReleased(request.identifier);
        };
  return limiter.store.decide([request], 'all', timeoutMs, onReleased);
}

/**
 * Sends each request independently: the failure of one does not affect the others. Requests of one turn
 * of the event loop share a round trip, because a remote store batches them. Never rejects.
 */
function decideEach(requests: readonly LimiterRequest[]): MaybePromise<readonly Answer[]> {
  const replies = requests.map(({ limiter, request }) =>
    sendOne(limiter, request, limiter.timeoutMs),
  );
  return whenReady(allReady(replies), (ready) =>
    requests.flatMap(({ limiter }, index) => {
      const reply = ready[index];
      return reply === undefined ? [] : [answerOf(limiter, reply)];
    }),
  );
}
