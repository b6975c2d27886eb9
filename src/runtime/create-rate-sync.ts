import {
  loadConfig,
  withLines,
  type LoadedConfig,
  type RateSyncConfig,
  type StoreSettings,
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
  /** Path of a TOML file, or the configuration itself. Default: where `loadConfig` looks. */
  readonly config?: string | RateSyncConfig | undefined;
  /** Variables for `${VAR}` in the file; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly observers?: readonly DecisionObserver[] | undefined;
  readonly clock?: Clock | undefined;
  readonly openStore?: OpenStore | undefined;
}

/** Lets a connection that is given up say why, and be looked into, before the start is given up. */
const START_SLACK_MS = 1_500;

/** For stores whose settings do not say. */
const DEFAULT_TIMEOUTS: StoreTimeouts = { decisionMs: 250, startMs: 5_000 };

/**
 * Makes stores and limiters from a configuration. Connects to nothing yet: `check` does.
 * Rejects with `ConfigurationError`, which lists everything that is wrong.
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

/** What all stores share. */
interface StoreSurroundings {
  readonly clock: Clock;
  readonly observers: Observers;
  readonly releases: PendingReleases;
}

function openStores(
  config: LoadedConfig,
  open: OpenStore,
  { clock, observers, releases }: StoreSurroundings,
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
      const denied = denyCacheOf(settings, clock);
      const guards = { deadlines, timeouts, denied, clock, releases };
      stores.set(settings.id, new GuardedStore(store, guards));
    }
    if (problems.length > 0) throw withLines(new ConfigurationError(problems, null), config);
  } catch (error) {
    for (const store of stores.values()) void store.close();
    throw error;
  }
  return stores;
}

/** Notes what is wrong with the configuration of a store, so that all of it is told at once. */
function openOrNote(open: () => Store, problems: ConfigProblem[]): Store | null {
  try {
    return open();
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    problems.push(...error.problems);
    return null;
  }
}

/** Process memory answers as fast as a memory of its denials would. */
function denyCacheOf(settings: StoreSettings, clock: Clock): DenyCache | null {
  const isUseful = settings.strategy === 'redis' && settings.denyCacheMs > 0;
  return isUseful ? new DenyCache(clock, settings.denyCacheMs) : null;
}

function timeoutsOf(settings: StoreSettings): StoreTimeouts {
  if (settings.strategy === 'memory') return DEFAULT_TIMEOUTS;
  const startMs = settings.socketConnectTimeoutMs + START_SLACK_MS;
  return { decisionMs: settings.decisionTimeoutMs, startMs };
}
