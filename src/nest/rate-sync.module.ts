import {
  Inject,
  Logger,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { systemClock, type Clock } from '../core/clock.js';
import { isStoreUnavailableError } from '../core/errors.js';
import { DecisionLog } from '../observability/decision-log.js';
import { createRateSync } from '../runtime/create-rate-sync.js';
import { openStore, type OpenStore } from '../runtime/open-store.js';
import type { RateSync } from '../runtime/rate-sync.js';
import { Advice } from './advice.js';
import { ClientIp } from './client-ip.js';
import { FallbackAdvice } from './fallback-advice.js';
import { checkLimiterNames } from './limiter-names.js';
import { withInjectedLimiters } from './limiter-providers.js';
import type { RateSyncModuleOptions } from './options.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import {
  ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  OPTIONS_TYPE,
} from './rate-sync.module-definition.js';
import { RateSyncService } from './rate-sync.service.js';
import { RoutePlans } from './route-plans.js';
import { toRule } from './rules.js';
import {
  RATE_SYNC,
  RATE_SYNC_CLOCK,
  RATE_SYNC_OPEN_STORE,
  RATE_SYNC_OPTIONS,
  RATE_SYNC_PLANS,
  RATE_SYNC_SERVICE,
} from './tokens.js';

const logger = new Logger('RateSync');

/**
 * Provides the limiters of `rate-sync.toml` and enforces `@RateLimit`.
 *
 * The start of the application fails with a `ConfigurationError` when the configuration is wrong,
 * with an `UnknownLimitersError` when the code names a limiter that does not exist, and (unless
 * `onStartupFailure` is `degrade`) with a `StoreUnavailableError` when a store does not answer.
 */
@Module({
  providers: [
    MetadataScanner,
    { provide: RATE_SYNC_OPEN_STORE, useValue: openStore },
    { provide: RATE_SYNC_CLOCK, useValue: systemClock },
    {
      provide: RATE_SYNC,
      inject: [RATE_SYNC_OPTIONS, RATE_SYNC_OPEN_STORE, RATE_SYNC_CLOCK],
      useFactory: startRateSync,
    },
    { provide: RATE_SYNC_PLANS, inject: [RATE_SYNC, RATE_SYNC_OPTIONS], useFactory: makePlans },
    RateSyncService,
    { provide: RATE_SYNC_SERVICE, useExisting: RateSyncService },
    RateLimitGuard,
  ],
  exports: [RATE_SYNC, RATE_SYNC_PLANS, RateSyncService, RATE_SYNC_SERVICE, RateLimitGuard],
})
export class RateSyncModule
  extends ConfigurableModuleClass
  implements OnModuleInit, OnApplicationShutdown
{
  constructor(
    @Inject(RATE_SYNC) private readonly rateSync: RateSync,
    @Inject(RATE_SYNC_OPTIONS) private readonly options: RateSyncModuleOptions,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
  ) {
    super();
  }

  /** Sets the module up with options that are known now; all have defaults. */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return withInjectedLimiters(super.forRoot(options));
  }

  /** Sets the module up with options that a factory, a class or a provider makes. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return withInjectedLimiters(super.forRootAsync(options));
  }

  async onModuleInit(): Promise<void> {
    try {
      this.#checkNames();
      await this.#checkStores();
    } catch (error) {
      await this.rateSync.close();
      throw error;
    }
    this.#warnOfMemoryInProduction();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.rateSync.close();
  }

  #checkNames(): void {
    const { modules, scanner } = this;
    const defaults = (this.options.defaultLimiters ?? []).map(toRule);
    const known = this.rateSync.listLimiters().map(({ id }) => id);
    checkLimiterNames({ modules: modules.values(), scanner, defaults }, known);
  }

  async #checkStores(): Promise<void> {
    try {
      await this.rateSync.check();
    } catch (error) {
      if (this.options.onStartupFailure !== 'degrade' || !isStoreUnavailableError(error))
        throw error;
      logger.error(error.message);
    }
  }

  #warnOfMemoryInProduction(): void {
    const env = this.options.env ?? process.env;
    const local = this.rateSync.listStores().filter(({ strategy }) => strategy === 'memory');
    if (env['NODE_ENV'] !== 'production' || local.length === 0) return;
    logger.warn(
      `NODE_ENV is production and these stores are in process memory: ` +
        `${local.map(({ id }) => id).join(', ')}. Each instance counts for itself, and a restart ` +
        'forgets all counts.',
    );
  }
}

async function startRateSync(
  options: RateSyncModuleOptions,
  open: OpenStore,
  clock: Clock,
): Promise<RateSync> {
  const { config, env, observers = [] } = options;
  const rateSync = await createRateSync({ config, env, observers, openStore: open, clock });
  rateSync.observe(new DecisionLog(rateSync.logging, logger, clock));
  return rateSync;
}

function makePlans(rateSync: RateSync, options: RateSyncModuleOptions): RoutePlans {
  const warn = (message: string): void => {
    logger.warn(message);
  };
  const services = {
    clientIp: new ClientIp(rateSync.http, warn),
    fallback: new FallbackAdvice(new Advice(warn)),
  };
  const warned = new Set<string>();
  const defaults = (options.defaultLimiters ?? []).map(toRule);
  return new RoutePlans(rateSync, services, defaults, (limiterId, error) => {
    if (warned.has(limiterId)) return;
    warned.add(limiterId);
    logger.warn(`${error.message} The request counted 1. Said once per limiter.`);
  });
}
