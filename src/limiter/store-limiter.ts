import type { Decision } from '../core/decision.js';
import {
  InvalidCostError,
  InvalidIdentifierError,
  InvalidUsageError,
  LeaseRequiredError,
} from '../core/errors/index.js';
import { storedIdentifier } from '../identifiers/identifier.js';
import { whenReady, type MaybePromise } from '../core/maybe-promise.js';
import { countsUnits, frozenPolicy, type FailureMode, type LimiterPolicy } from '../core/policy.js';
import type { StoreRequest } from '../core/store.js';
import { answerOf, type Answer, type LimiterHandle } from './answer.js';
import { decideOne, type LimiterRequest } from './batch.js';
import { checkAcquireOptions, checkRunnable, costIn } from './call-options.js';
import { isVerdicts, type GuardedStore, type StoreAnswer } from './guarded-store.js';
import { newLeaseId, newLeaseOwner } from './waiting/lease.js';
import type { AcquireOptions, CostOptions, Lease, Limiter } from './limiter.js';
import type { LimiterDefinition, LimiterRule } from './limiter-rule.js';
import { waitingAsk } from './waiting/places.js';
import type { Observers } from './observers.js';
import { leaseOrThrow } from './waiting/lease-or-throw.js';
import { AcquireQueue, type AcquireQueueContext } from './waiting/acquire-queue.js';

/** What all limiters of an application share. */
export interface LimiterContext extends AcquireQueueContext {
  readonly subscribers: Observers;
}

/** Who calls without saying who. */
const SHARED_BUCKET = '';

const DEFAULT_ACQUIRE_TIMEOUT_MS = 30_000;

/**
 * How long the store's answer may take beyond the time of an `acquire`, in milliseconds: without it
 * nobody who does not want to wait could ask a store that is not in this process.
 */
const ANSWER_GRACE_MS = 30;

/** What is asked for, beside who asks. */
export interface AskOptions {
  readonly cost: number;
  readonly takesSlot: boolean;
  readonly maxWaitMs?: number;
  /** The lease that a slot is for; a new one unless said otherwise. */
  readonly leaseId?: string | null;
}

/** A limiter over a store. */
export class StoreLimiter implements Limiter, LimiterHandle {
  readonly store: GuardedStore;
  readonly queue: AcquireQueue;
  readonly #id: string;
  readonly leaseOwner = newLeaseOwner();
  readonly #context: LimiterContext;
  #rule: LimiterRule;
  #policy: LimiterPolicy;

  constructor(definition: LimiterDefinition, context: LimiterContext) {
    this.#id = definition.id;
    this.store = definition.store;
    this.#rule = definition;
    this.#policy = frozenPolicy(definition.policy);
    this.#context = context;
    this.queue = new AcquireQueue(this, context);
  }

  get id(): string {
    return this.#id;
  }

  get policy(): LimiterPolicy {
    return this.#policy;
  }

  get failureMode(): FailureMode {
    return this.#rule.failureMode;
  }

  get timeoutMs(): number | null {
    return this.#rule.timeoutMs;
  }

  /** Changes the rule from the next decision on. What was counted stays counted. */
  adopt(rule: LimiterRule): void {
    this.#rule = rule;
    this.#policy = frozenPolicy(rule.policy);
  }

  consume(identifier = SHARED_BUCKET, options?: CostOptions): Promise<Decision> {
    return this.#decide(identifier, 1, options);
  }

  peek(identifier = SHARED_BUCKET): Promise<Decision> {
    return this.#decide(identifier, 0);
  }

  async tryAcquire(identifier = SHARED_BUCKET, options: CostOptions = {}): Promise<Lease | null> {
    const request = this.ask(identifier, { cost: costIn(options), takesSlot: true });
    const answer = await this.#answer(request);
    return answer.decision.allowed ? this.queue.lease(request, answer, 0) : null;
  }

  async acquire(identifier = SHARED_BUCKET, options: AcquireOptions = {}): Promise<Lease> {
    checkAcquireOptions(options);
    const { cost = 1, signal } = options;
    const timeoutMs = options.timeoutMs ?? this.timeoutMs ?? DEFAULT_ACQUIRE_TIMEOUT_MS;
    if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0)) {
      throw new InvalidUsageError(`timeoutMs must be 0 or more, not ${String(timeoutMs)}.`);
    }
    const { request } = this.ask(identifier, { cost, takesSlot: true });
    signal?.throwIfAborted();

    const { subscribers } = this.#context;
    const startMs = this.#startMs();
    let storeMs = 0;
    const { answer, lease } = await this.queue.take({
      identifier: request.identifier,
      leaseId: request.leaseId,
      timeoutMs,
      signal,
      ask: (withinMs, since) => {
        const { leaseId } = request;
        const options = { cost, takesSlot: true, maxWaitMs: withinMs, leaseId };
        const ask = waitingAsk(this.ask(identifier, options), since);
        const boundMs = Math.min(this.timeoutMs ?? Infinity, withinMs + ANSWER_GRACE_MS);
        const askedMs = this.#startMs();
        const noted = (said: Answer): Answer => {
          storeMs = this.#startMs() - askedMs;
          return said;
        };
        return { ask, answer: whenReady(decideOne(ask, subscribers, boundMs), noted) };
      },
    });
    this.#notify(request, answer, startMs, storeMs);
    return leaseOrThrow(answer, lease, { cost, timeoutMs });
  }

  async run<T>(identifier: string, fn: () => T | Promise<T>, options?: AcquireOptions): Promise<T> {
    checkRunnable(fn);
    const lease = await this.acquire(identifier, options);
    try {
      return await fn();
    } finally {
      await lease.release();
    }
  }

  async refund(identifier = SHARED_BUCKET, cost = 1): Promise<void> {
    const { request } = this.ask(identifier, { cost, takesSlot: false });
    await this.store.release([{ ...request, reservation: null }]);
  }

  async reset(identifier = SHARED_BUCKET): Promise<void> {
    const stored = this.#stored(identifier);
    await this.store.reset({ limiterId: this.id, identifier: stored });
    this.queue.wake(stored);
  }

  slotReturned(identifier: string): void {
    this.queue.wake(identifier);
  }

  /** A checked question. Throws for an identifier or a cost that this limiter cannot take. */
  ask(
    identifier: string,
    { cost, takesSlot, maxWaitMs = 0, leaseId: lease }: AskOptions,
  ): LimiterRequest {
    const holdsSlot = takesSlot && this.#policy.concurrency !== undefined;
    const leaseId = holdsSlot ? (lease ?? newLeaseId(this.leaseOwner)) : null;
    const askedMs = leaseId === null ? 0 : this.#context.clock.nowMs();
    return { limiter: this, request: this.#request(identifier, cost, maxWaitMs, leaseId), askedMs };
  }

  #request(
    identifier: string,
    cost: number,
    maxWaitMs: number,
    leaseId: string | null,
  ): StoreRequest {
    const policy = this.#policy;
    if (!Number.isSafeInteger(cost) || cost < 0) throw new InvalidCostError(this.id, cost);
    if (!countsUnits(policy) && cost > 0 && leaseId === null) {
      throw new LeaseRequiredError(this.id);
    }
    const stored = this.#stored(identifier);
    return { limiterId: this.id, identifier: stored, policy, cost, maxWaitMs, leaseId };
  }

  #stored(identifier: unknown): string {
    if (typeof identifier !== 'string') throw new InvalidIdentifierError(this.id, identifier);
    return storedIdentifier(identifier);
  }

  #decide(identifier: string, usual: number, options?: CostOptions): Promise<Decision> {
    let request: StoreRequest;
    try {
      const cost = options === undefined ? usual : costIn(options);
      request = this.#request(identifier, cost, 0, null);
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- thrown just above
      return Promise.reject(error);
    }
    const { subscribers } = this.#context;
    const startMs = this.#startMs();
    const told = (said: StoreAnswer): Decision =>
      this.#notify(request, answerOf(this, said, subscribers), startMs).decision;
    const said = this.store.decide([request], 'all', this.timeoutMs);
    return isVerdicts(said) ? Promise.resolve(told(said)) : Promise.resolve(said).then(told);
  }

  #answer(ask: LimiterRequest): MaybePromise<Answer> {
    const startMs = this.#startMs();
    return whenReady(decideOne(ask, this.#context.subscribers), (answer) =>
      this.#notify(ask.request, answer, startMs),
    );
  }

  /** The time, for measuring; 0 when nobody wants to know how long it took. */
  #startMs(): number {
    const { subscribers, clock } = this.#context;
    return subscribers.hasObservers ? clock.nowMs() : 0;
  }

  /** Tells observers. `storeMs`: the store's part of the time, when the call waited for its turn as well. */
  #notify(
    { identifier }: StoreRequest,
    answer: Answer,
    startMs: number,
    storeMs: number | null = null,
  ): Answer {
    const { subscribers, clock } = this.#context;
    if (!subscribers.hasObservers) return answer;
    const answers = [answer];
    if (!subscribers.wants(answers)) return answer;
    const wholeMs = clock.nowMs() - startMs;
    subscribers.decision({
      answers,
      allowed: answer.decision.allowed,
      identifiers: [identifier],
      endpoint: null,
      durationMs: storeMs ?? wholeMs,
      waitedMs: storeMs === null ? null : Math.max(0, wholeMs - storeMs),
    });
    return answer;
  }
}
