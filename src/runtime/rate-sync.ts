import type {
  HttpSettings,
  LoadedConfig,
  LoggingSettings,
  RateSyncConfig,
} from '../config/index.js';
import { checkObject } from '../core/checked-values.js';
import type { Clock } from '../core/clock.js';
import type { CompositeDecision } from '../core/decision.js';
import { LimiterNotFoundError } from '../core/errors/index.js';
import type { DecisionObserver } from '../core/events.js';
import type { IdentifierSourceText } from '../identifiers/identifier-source.js';
import { allReady, whenReady, type MaybePromise } from '../core/maybe-promise.js';
import type { BatchMode, StoreDescription } from '../core/store.js';
import type { KnownStoreStatus } from '../core/store-status.js';
import type { Answer } from '../limiter/answer.js';
import { decideBatch, decideEach, type LimiterRequest } from '../limiter/batch.js';
import {
  checkedComposite,
  NO_OPTIONS,
  compose,
  mergeRequests,
  type ConsumeAllOptions,
  type LimitRequest,
} from '../limiter/composite.js';
import type { GuardedStore } from '../limiter/guarded-store.js';
import type { LeaseKeeper } from '../limiter/waiting/lease.js';
import type { Lease, Limiter } from '../limiter/limiter.js';
import { LimiterPipeline } from '../limiter/pipeline.js';
import type { StoreLimiter } from '../limiter/store-limiter.js';
import type { Observers } from '../limiter/observers.js';
import { describeLimiter, type LimiterDescription } from './limiter-description.js';
import { rulesToAdopt } from './reload.js';
import { StoreHealth } from './store-health.js';

/** A limiter with what only its configuration knows. */
export interface RegisteredLimiter {
  readonly limiter: StoreLimiter;
  readonly identifyBy: readonly IdentifierSourceText[];
}

/** The parts of a `RateSync`. */
export interface RateSyncOptions {
  readonly limiters: ReadonlyMap<string, RegisteredLimiter>;
  readonly stores: ReadonlyMap<string, GuardedStore>;
  readonly config: LoadedConfig;
  readonly subscribers: Observers;
  readonly keeper: LeaseKeeper;
  readonly clock: Clock;
  /** Reads the configuration again, from another place when there is one. */
  readonly readConfig: (from: string | RateSyncConfig | undefined) => Promise<LoadedConfig>;
}

/** What a guarded request asks of one limiter. */
export interface AdmissionRequest {
  readonly limiter: StoreLimiter;
  readonly identifier: string;
  readonly cost: number;
}

/** What a guarded request got: the decision, the answers it is made of, and slots to give back. */
export interface Admission {
  readonly decision: CompositeDecision;
  readonly answers: readonly Answer[];
  readonly leases: readonly Lease[];
}

/** The limiters and stores of one configuration, without any framework around them. */
export class RateSync {
  readonly http: HttpSettings;
  readonly logging: LoggingSettings;
  /** Probes of the stores, for health checks. */
  readonly health: StoreHealth;
  readonly #options: RateSyncOptions;

  constructor(options: RateSyncOptions) {
    this.#options = options;
    this.http = options.config.http;
    this.logging = options.config.logging;
    this.health = new StoreHealth(options.stores.values(), options.clock);
  }

  /** The limiter with this id. Throws `LimiterNotFoundError`, which names the nearest. */
  getLimiter(limiterId: string): Limiter {
    return this.find(limiterId).limiter;
  }

  /** A limiter with what its configuration says of it. Throws `LimiterNotFoundError`. */
  find(limiterId: string): RegisteredLimiter {
    const found = this.#options.limiters.get(limiterId);
    if (found !== undefined) return found;
    throw new LimiterNotFoundError(limiterId, [...this.#options.limiters.keys()]);
  }

  has(limiterId: string): boolean {
    return this.#options.limiters.has(limiterId);
  }

  /**
   * Asks several limiters together: one round trip per store, and nothing is taken when the call
   * is refused. The same limiter and identifier twice counts with the sum of the costs.
   */
  async consumeAll(
    requests: readonly LimitRequest[],
    options: ConsumeAllOptions = NO_OPTIONS,
  ): Promise<CompositeDecision> {
    const { strategy = 'all' } = checkedComposite(requests, options);
    const { requests: merged, positions } = mergeRequests(this.#asksFor(requests));
    const answers = await this.#decide(merged, strategy, null);
    const decisions = positions.flatMap((position) => answers[position]?.decision ?? []);
    return compose(decisions, strategy);
  }

  /** Collects independent calls that are made together. */
  pipeline(): LimiterPipeline {
    return new LimiterPipeline(async (requests) => {
      const answers = await this.#decide(this.#asksFor(requests), 'each', null);
      return answers.map((answer) => answer.decision);
    });
  }

  /**
   * Decides over a request with all of its limits, slots included. Answers synchronously when the
   * store does. No two requests may name the same limiter and identifier.
   */
  admit(requests: readonly AdmissionRequest[], endpoint: () => string): MaybePromise<Admission> {
    const asks = requests.map(({ limiter, identifier, cost }) =>
      limiter.ask(identifier, { cost, takesSlot: true }),
    );
    return whenReady(this.#decide(asks, 'all', endpoint), (answers) => {
      const decisions = answers.map((answer) => answer.decision);
      const decision = compose(decisions, 'all');
      return {
        decision,
        answers,
        leases: decision.allowed ? leasesOf(requests, asks, answers) : [],
      };
    });
  }

  /** Every limiter, for introspection: frozen copies, which hold no secrets. */
  listLimiters(): LimiterDescription[] {
    return [...this.#options.limiters.values()].map(describeLimiter);
  }

  /** Every store, for introspection: frozen copies, which hold no secrets. */
  listStores(): StoreDescription[] {
    return [...this.#options.stores.values()].map((store) =>
      Object.freeze({ ...store.describe() }),
    );
  }

  /** Tells an observer of everything from now on. Gives what ends that. */
  observe(observer: DecisionObserver): () => void {
    return this.#options.subscribers.add(observer);
  }

  /** How the stores are by what this process knows; asks no server. */
  storeStatuses(): readonly KnownStoreStatus[] {
    return this.health.statuses();
  }

  /** How many slots this process holds, by limiter; only limiters that have slots are there. */
  slotsInUse(): ReadonlyMap<string, number> {
    const inUse = new Map<string, number>();
    for (const [id, { limiter }] of this.#options.limiters) {
      if (limiter.policy.concurrency !== undefined) inUse.set(id, 0);
    }
    for (const id of this.#options.keeper.holders()) inUse.set(id, (inUse.get(id) ?? 0) + 1);
    return inUse;
  }

  /**
   * Reads the configuration again and applies its limits, failure modes and timeouts from the next
   * decision on; what was counted stays counted. All or nothing: rejects with a
   * `ConfigurationError`, or with an `InvalidUsageError` when limiters came, went, or moved to
   * another store or identifier, which needs a restart.
   */
  async reload(from?: string | RateSyncConfig): Promise<void> {
    const { limiters, readConfig, config } = this.#options;
    const rules = rulesToAdopt(limiters, config, await readConfig(from));
    for (const [limiter, rule] of rules) limiter.adopt(rule);
  }

  /** Connects and checks every store. Rejects with the first store's `StoreUnavailableError`. */
  async check(): Promise<void> {
    await allReady([...this.#options.stores.values()].map((store) => store.check()));
  }

  /** Sends waiting callers away and closes what was opened. */
  async close(): Promise<void> {
    const limiters = [...this.#options.limiters.values()];
    await Promise.all(limiters.map(({ limiter }) => limiter.queue.close()));
    this.#options.keeper.close();
    await Promise.all([...this.#options.stores.values()].map((store) => store.close()));
  }

  #asksFor(requests: readonly LimitRequest[]): LimiterRequest[] {
    return requests.map((request) => {
      checkObject('a request of a composite', request);
      const { limiter, identifier = '', cost = 1 } = request;
      return this.find(limiter).limiter.ask(identifier, { cost, takesSlot: false });
    });
  }

  #decide(
    asks: readonly LimiterRequest[],
    mode: BatchMode | 'each',
    endpoint: (() => string) | null,
  ): MaybePromise<readonly Answer[]> {
    const { subscribers, clock } = this.#options;
    const decide = (): MaybePromise<readonly Answer[]> =>
      mode === 'each' ? decideEach(asks, subscribers) : decideBatch(asks, mode, subscribers);
    if (!subscribers.hasObservers) return decide();
    const startMs = clock.nowMs();
    return whenReady(decide(), (answers) => {
      if (!subscribers.wants(answers)) return answers;
      subscribers.decision({
        answers,
        allowed: mode === 'any' ? answers.some(isAllowed) : answers.every(isAllowed),
        identifiers: asks.map((ask) => ask.request.identifier),
        endpoint: endpoint?.() ?? null,
        durationMs: clock.nowMs() - startMs,
        waitedMs: null,
      });
      return answers;
    });
  }
}

function isAllowed({ decision }: Answer): boolean {
  return decision.allowed;
}

/** The leases of an admitted request; only limiters with slots have something to give back. */
function leasesOf(
  requests: readonly AdmissionRequest[],
  asks: readonly LimiterRequest[],
  answers: readonly Answer[],
): readonly Lease[] {
  const leases: Lease[] = [];
  requests.forEach(({ limiter }, index) => {
    const ask = asks[index];
    const answer = answers[index];
    if (ask === undefined || answer === undefined || ask.request.leaseId === null) return;
    leases.push(limiter.queue.lease(ask, answer, 0));
  });
  return leases;
}
