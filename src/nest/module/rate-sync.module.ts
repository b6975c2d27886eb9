import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { onLimiterInjected } from '../decorators/inject-limiter.decorator.js';
import { limiterProvider, requireRuntime } from './limiter-providers.js';
import type { RateSyncModuleExtras } from './options.js';
import { RateSyncCoreModule } from './rate-sync.core-module.js';
import type { ASYNC_OPTIONS_TYPE, OPTIONS_TYPE } from './rate-sync.module-definition.js';
import { RateSyncService } from './rate-sync.service.js';
import { getLimiterToken, RATE_SYNC_CORE_SERVICE, RATE_SYNC_SERVICE } from '../tokens.js';

const providers: Provider[] = [
  {
    provide: RateSyncService,
    inject: [{ token: RATE_SYNC_CORE_SERVICE, optional: true }, ModulesContainer],
    useFactory: requireRuntime<RateSyncService>,
  },
  { provide: RATE_SYNC_SERVICE, useExisting: RateSyncService },
];

const exported: DynamicModule['exports'] & unknown[] = [RateSyncService, RATE_SYNC_SERVICE];

/*
 * Which limiters are injected is known only when all classes are loaded. Nest reads these lists after
 * that, when it scans an application.
 */
onLimiterInjected((limiterId) => {
  providers.push(limiterProvider(limiterId));
  exported.push(getLimiterToken(limiterId));
});

/**
 * Provides the limiters of `rate-sync.toml` and enforces `@RateLimit`.
 *
 * An application sets it up once, with `forRoot` or `forRootAsync`; a second time stops the start.
 * `imports: [RateSyncModule]` in other modules refers to that, and is needed only with
 * `isGlobal: false`.
 *
 * The start of the application fails with a `ConfigurationError` when the configuration is wrong,
 * with an `UnknownLimitersError` when the code names a limiter that does not exist, and (unless
 * `onStartupFailure` is `degrade`) with a `StoreUnavailableError` when a store does not answer: all
 * of them before `NestFactory.create` resolves.
 */
@Module({ providers, exports: exported })
export class RateSyncModule {
  /** Sets the module up with options that are known now; all have defaults. */
  static forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return referTo(RateSyncCoreModule.forRoot(options), options);
  }

  /** Sets the module up with options that a factory, a class or a provider makes. */
  static forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return referTo(RateSyncCoreModule.forRootAsync(options), options);
  }
}

/** The module that brings a core into the application. */
export function referTo(core: DynamicModule, extras: RateSyncModuleExtras): DynamicModule {
  const { isGlobal = true } = extras;
  return { module: RateSyncModule, global: isGlobal, imports: [core] };
}
