import type {
  HttpSettings,
  LoadedConfig,
  LoggingSettings,
  RateSyncConfig,
} from '../config/index.js';
import type { Clock } from '../core/clock.js';
import type { ConfigProblem } from '../core/errors/index.js';
import type { DecisionObserver } from '../core/events.js';
import { allReady } from '../core/maybe-promise.js';
import type { StoreDescription } from '../core/store.js';
import type { KnownStoreStatus } from '../core/store-status.js';
import type { GuardedStore } from '../limiter/guarded-store/guarded-store.js';
import type { LimiterSet } from '../limiter/limiter-set.js';
import type { Observers } from '../limiter/observers.js';
import type { LeaseKeeper } from '../limiter/waiting/lease.js';
import { describeLimiter, type LimiterDescription } from './limiter-description.js';
import { rulesToAdopt } from './reload.js';
import { StoreHealth } from './store-health.js';

/** The parts of a `RateSync`. */
export interface RateSyncOptions {
  readonly limiters: LimiterSet;
  readonly stores: ReadonlyMap<string, GuardedStore>;
  readonly config: LoadedConfig;
  readonly observers: Observers;
  readonly keeper: LeaseKeeper;
  readonly clock: Clock;
  /** Reads the configuration again; from another source if one is passed. */
  readonly readConfig: (from: string | RateSyncConfig | undefined) => Promise<LoadedConfig>;
}

/** The limiters and stores of one configuration, independent of any framework. */
export class RateSync {
  readonly limiters: LimiterSet;
  readonly http: HttpSettings;
  readonly logging: LoggingSettings;
  /** Absolute path of the configuration file; null for an object. */
  readonly configFile: string | null;
  /** Settings that have no effect; to be logged once. */
  readonly warnings: readonly ConfigProblem[];
  /** Probes of the stores, for health checks. */
  readonly health: StoreHealth;
  readonly #options: RateSyncOptions;

  constructor(options: RateSyncOptions) {
    this.#options = options;
    this.limiters = options.limiters;
    this.http = options.config.http;
    this.logging = options.config.logging;
    this.configFile = options.config.source;
    this.warnings = options.config.warnings;
    this.health = new StoreHealth(options.stores.values(), options.clock);
  }

  /** Every limiter, for introspection: frozen copies without secrets. */
  listLimiters(): LimiterDescription[] {
    return [...this.limiters].map(describeLimiter);
  }

  /** Every store, for introspection: frozen copies without secrets. */
  listStores(): StoreDescription[] {
    return [...this.#options.stores.values()].map((store) =>
      Object.freeze({ ...store.describe() }),
    );
  }

  /** Notifies an observer of everything from now on. Returns an unsubscribe function. */
  observe(observer: DecisionObserver): () => void {
    return this.#options.observers.add(observer);
  }

  /** The status of each store as this process knows it; sends no request. */
  storeStatuses(): readonly KnownStoreStatus[] {
    return this.health.statuses();
  }

  /** The number of slots that this process holds, by the id of each limiter that has slots. */
  slotsInUse(): ReadonlyMap<string, number> {
    const inUse = new Map<string, number>();
    for (const { limiter } of this.limiters) {
      if (limiter.policy.concurrency !== undefined) inUse.set(limiter.id, 0);
    }
    for (const id of this.#options.keeper.holders()) inUse.set(id, (inUse.get(id) ?? 0) + 1);
    return inUse;
  }

  /**
   * Reads the configuration again and applies its limits, failure modes and timeouts from the next
   * decision on; counts are kept. All or nothing: rejects with a `ConfigurationError`, or with an
   * `InvalidUsageError` for changes that require a restart: a limiter that was added, removed, or moved
   * to another store or identifier.
   */
  async reload(from?: string | RateSyncConfig): Promise<void> {
    const { limiters, readConfig, config } = this.#options;
    const rules = rulesToAdopt(limiters, config, await readConfig(from));
    for (const [limiter, rule] of rules) limiter.adopt(rule);
  }

  /** Connects and checks every store. Rejects with the `StoreUnavailableError` of the first to fail. */
  async check(): Promise<void> {
    await allReady([...this.#options.stores.values()].map((store) => store.check()));
  }

  /** Rejects waiting calls with `ClosedError` and closes the stores. */
  async close(): Promise<void> {
    await this.limiters.close();
    this.#options.keeper.close();
    await Promise.all([...this.#options.stores.values()].map((store) => store.close()));
  }
}
