import type { Decision } from '../core/decision.js';
import {
  InvalidCostError,
  InvalidIdentifierError,
  InvalidUsageError,
  LeaseRequiredError,
} from '../core/errors/index.js';
import { countsUnits, frozenPolicy, type FailureMode, type LimiterPolicy } from '../core/policy.js';
import type { StoreRequest } from '../core/store.js';
import { storedIdentifier } from '../identifiers/identifier.js';
import type { Answer, LimiterHandle } from './answer.js';
import type { LimiterRequest } from './batch.js';
import { checkAcquireOptions, checkRunnable, costIn } from './call-options.js';
import type { Decider } from './decider.js';
import type { GuardedStore } from './guarded-store/guarded-store.js';
import type { AcquireOptions, CostOptions, Lease, Limiter } from './limiter.js';
import type { LimiterDefinition, LimiterRule } from './limiter-rule.js';
import { AcquireQueue, type AcquireQueueContext } from './waiting/acquire-queue.js';
import { leaseOrThrow } from './waiting/lease-or-throw.js';
import { newLeaseId, newLeaseOwner } from './waiting/lease.js';
import { queueableRequest } from './waiting/places.js';

/** The services that all limiters of an application share. */
export interface LimiterContext extends AcquireQueueContext {
  readonly decider: Decider;
}

/** The identifier of calls without an identifier. */
const SHARED_BUCKET = '';

const DEFAULT_ACQUIRE_TIMEOUT_MS = 30_000;

/**
 * How long the reply of a remote store may take beyond the timeout of an `acquire`, in milliseconds:
 * without it, an `acquire` with a timeout of 0 could never succeed.
 */
const ANSWER_GRACE_MS = 30;

/** The properties of a request, without its identifier. */
export interface RequestOptions {
  readonly cost: number;
  readonly takesSlot: boolean;
  readonly maxWaitMs?: number;
  /** The id of the lease of a slot; default: a new one. */
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

  /** Changes the rule from the next decision on. Counts are kept. */
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
    const request = this.request(identifier, { cost: costIn(options), takesSlot: true });
    return await this.#context.decider.one(this, request.request, (answer) =>
      answer.decision.allowed ? this.queue.lease(request, answer, 0) : null,
    );
  }

  async acquire(identifier = SHARED_BUCKET, options: AcquireOptions = {}): Promise<Lease> {
    checkAcquireOptions(options);
    const { cost = 1, signal } = options;
    const timeoutMs = options.timeoutMs ?? this.timeoutMs ?? DEFAULT_ACQUIRE_TIMEOUT_MS;
    if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0)) {
      throw new InvalidUsageError(`timeoutMs must be 0 or more, not ${String(timeoutMs)}.`);
    }
    const { request } = this.request(identifier, { cost, takesSlot: true });
    const { leaseId } = request;
    signal?.throwIfAborted();

    const { decider } = this.#context;
    const startMs = decider.startMs();
    let storeMs = 0;
    const { answer, lease } = await this.queue.take({
      identifier: request.identifier,
      leaseId,
      timeoutMs,
      signal,
      attempt: (withinMs, since) => {
        const options = { cost, takesSlot: true, maxWaitMs: withinMs, leaseId };
        const attempted = queueableRequest(this.request(identifier, options), since);
        const boundMs = Math.min(this.timeoutMs ?? Infinity, withinMs + ANSWER_GRACE_MS);
        const sentMs = decider.startMs();
        return decider.attempt(this, attempted.request, boundMs, (reply) => {
          storeMs = decider.startMs() - sentMs;
          return { request: attempted, answer: reply };
        });
      },
    });
    decider.finished(request, answer, startMs, storeMs);
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
    const { request } = this.request(identifier, { cost, takesSlot: false });
    await this.store.release([{ ...request, reservation: null }]);
  }

  async reset(identifier = SHARED_BUCKET): Promise<void> {
    const stored = this.#stored(identifier);
    await this.store.reset({ limiterId: this.id, identifier: stored });
    this.queue.wake(stored);
  }

  slotReleased(identifier: string): void {
    this.queue.wake(identifier);
  }

  /** A checked request. Throws for an invalid identifier or cost. */
  request(
    identifier: string,
    { cost, takesSlot, maxWaitMs = 0, leaseId: known }: RequestOptions,
  ): LimiterRequest {
    const holdsSlot = takesSlot && this.#policy.concurrency !== undefined;
    const leaseId = holdsSlot ? (known ?? newLeaseId(this.leaseOwner)) : null;
    const requestedMs = leaseId === null ? 0 : this.#context.clock.nowMs();
    const request = this.#request(identifier, cost, maxWaitMs, leaseId);
    return { limiter: this, request, requestedMs };
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

  #decide(identifier: string, defaultCost: number, options?: CostOptions): Promise<Decision> {
    let request: StoreRequest;
    try {
      const cost = options === undefined ? defaultCost : costIn(options);
      request = this.#request(identifier, cost, 0, null);
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- thrown just above
      return Promise.reject(error);
    }
    return Promise.resolve(this.#context.decider.one(this, request, decisionIn));
  }
}

function decisionIn({ decision }: Answer): Decision {
  return decision;
}
