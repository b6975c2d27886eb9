import {
  loadConfig,
  withLines,
  type LoadedConfig,
  type RateSyncConfig,
  type StoreSettings,
  type Environment,
} from '../config/index.js';
import { systemClock, type Clock } from '../core/clock.js';
import {
  ConfigurationError,
  isConfigurationError,
  type ConfigProblem,
} from '../core/errors/index.js';
import type { DecisionObserver } from '../core/events.js';
import type { Grant, Store } from '../core/store.js';
import { Decider } from '../limiter/decider.js';
import { DenyCache } from '../limiter/guarded-store/deny-cache.js';
import { GuardedStore, type StoreTimeouts } from '../limiter/guarded-store/guarded-store.js';
import { LeaseKeeper } from '../limiter/waiting/lease.js';
import { PendingReleases } from '../limiter/guarded-store/pending-releases.js';
import { StoreLimiter } from '../limiter/store-limiter.js';
import { LimiterSet, type RegisteredLimiter } from '../limiter/limiter-set.js';
import { Observers } from '../limiter/observers.js';
import { Deadlines } from '../resilience/deadlines.js';
import { openStore, type OpenStore } from './open-store.js';
import { RateSync } from './rate-sync.js';

/** Options of `createRateSync`. */
export interface CreateRateSyncOptions {
  /** Path of a TOML file, or the configuration itself. Default: the search path of `loadConfig`. */
  readonly config?: string | RateSyncConfig | undefined;
  /** Variables for `${VAR}` in the file; default `process.env`. */
  readonly env?: Environment | undefined;
  readonly observers?: readonly DecisionObserver[] | undefined;
  readonly clock?: Clock | undefined;
  readonly openStore?: OpenStore | undefined;
}

/** Added to the connect timeout, so that a failed connection is diagnosed before the start fails. */
const START_SLACK_MS = 1_500;

/** For stores whose settings have no timeouts. */
const DEFAULT_TIMEOUTS: StoreTimeouts = { decisionMs: 250, startMs: 5_000 };

/**
 * Creates stores and limiters from a configuration. Does not connect; `check` does.
 * Rejects with `ConfigurationError`, which lists every problem.
 */
export async function createRateSync(options: CreateRateSyncOptions = {}): Promise<RateSync> {
  return assemble(await readConfig(options, undefined), options);
}

function readConfig(
  { config, env }: CreateRateSyncOptions,
  from: string | RateSyncConfig | undefined,
): Promise<LoadedConfig> {
  const place = from ?? config;
  return loadConfig({
    ...(place === undefined ? {} : { config: place }),
    ...(env === undefined ? {} : { env }),
  });
}

function assemble(config: LoadedConfig, options: CreateRateSyncOptions): RateSync {
  const clock = options.clock ?? systemClock;
  const observers = new Observers(options.observers ?? []);
  const keeper = new LeaseKeeper(clock);
  const releases = new PendingReleases(clock);
  const open = options.openStore ?? openStore;
  const stores = openStores(config, open, { clock, observers, releases });

  const decider = new Decider(observers, clock);
  const limiters = new Map<string, RegisteredLimiter>();
  for (const settings of config.limiters) {
    const store = stores.get(settings.storeId);
    if (store === undefined) continue;
    const limiter = new StoreLimiter({ ...settings, store }, { clock, keeper, decider });
    limiters.set(settings.id, { limiter, identifyBy: settings.identifyBy });
  }
  return new RateSync({
    limiters: new LimiterSet(limiters, decider),
    stores,
    config,
    observers,
    keeper,
    clock,
    readConfig: (from) => readConfig(options, from),
  });
}

/** The services that all stores share. */
interface SharedServices {
  readonly clock: Clock;
  readonly observers: Observers;
  readonly releases: PendingReleases;
}

function openStores(
  config: LoadedConfig,
  open: OpenStore,
  { clock, observers, releases }: SharedServices,
): ReadonlyMap<string, GuardedStore> {
  const deadlines = new Deadlines(clock);
  const onOverflow = observers.overflow.bind(observers);
  const onCircuit = observers.circuit.bind(observers);
  const stores = new Map<string, GuardedStore>();
  const problems: ConfigProblem[] = [];
  try {
    for (const settings of config.stores) {
      const onUnreleased = (grants: readonly Grant[]): void => {
        stores.get(settings.id)?.releaseLater(grants);
      };
      const context = { clock, onOverflow, onCircuit, onUnreleased };
      const store = openOrNote(() => open(settings, context), problems);
      if (store === null) continue;
      const timeouts = timeoutsOf(settings);
      const denyCache = denyCacheOf(settings, clock);
      const guardOptions = { deadlines, timeouts, denyCache, clock, releases };
      stores.set(settings.id, new GuardedStore(store, guardOptions));
    }
    if (problems.length > 0) throw withLines(new ConfigurationError(problems, null), config);
  } catch (error) {
    for (const store of stores.values()) void store.close();
    throw error;
  }
  return stores;
}

/** Opens a store, or collects the problems of its configuration, so that all are reported at once. */
function openOrNote(open: () => Store, problems: ConfigProblem[]): Store | null {
  try {
    return open();
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    problems.push(...error.problems);
    return null;
  }
}

/** Null for the memory store, which is as fast as a cache of its denials. */
function denyCacheOf(settings: StoreSettings, clock: Clock): DenyCache | null {
  const isUseful = settings.strategy === 'redis' && settings.denyCacheMs > 0;
  return isUseful ? new DenyCache(clock, settings.denyCacheMs) : null;
}

function timeoutsOf(settings: StoreSettings): StoreTimeouts {
  if (settings.strategy === 'memory') return DEFAULT_TIMEOUTS;
  const startMs = settings.socketConnectTimeoutMs + START_SLACK_MS;
  return { decisionMs: settings.decisionTimeoutMs, startMs };
}
