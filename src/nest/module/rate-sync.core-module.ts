import { Module } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { systemClock } from '../../core/clock.js';
import { openStore } from '../../runtime/open-store.js';
import type { RateSync } from '../../runtime/rate-sync.js';
import { instancesIn } from './application-classes.js';
import { HandlerRules } from '../guard/handler-rules.js';
import { RateLimitFilter } from '../transports/http/filter/rate-limit.filter.js';
import { RateLimitGuard } from '../guard/rate-limit.guard.js';
import { ConfigurableModuleClass } from './rate-sync.module-definition.js';
import { RuntimeLifeCycle } from './runtime-life-cycle.js';
import { RateSyncService } from './rate-sync.service.js';
import { makeGuardServices, openTransports } from './guard-providers.js';
import { startRateSync } from './start-rate-sync.js';
import {
  RATE_LIMIT_GUARD_SERVICES,
  RATE_SYNC,
  RATE_SYNC_CLOCK,
  RATE_SYNC_CORE_SERVICE,
  RATE_SYNC_HANDLERS,
  RATE_SYNC_OPEN_STORE,
  RATE_SYNC_OPTIONS,
  RATE_SYNC_TRANSPORTS,
} from '../tokens.js';

/**
 * Holds the one runtime of an application: its limiters, its stores and the guard. Always global, so
 * that guards and waiting methods of every module find them; `RateSyncModule` refers to it.
 * @internal
 */
@Module({
  providers: [
    {
      provide: RATE_SYNC_HANDLERS,
      inject: [ModulesContainer],
      useFactory: (modules: ModulesContainer) =>
        new HandlerRules((type) => instancesIn(modules, type)),
    },
    { provide: RATE_SYNC_OPEN_STORE, useValue: openStore },
    { provide: RATE_SYNC_CLOCK, useValue: systemClock },
    {
      provide: RATE_SYNC,
      inject: [
        RATE_SYNC_OPTIONS,
        RATE_SYNC_OPEN_STORE,
        RATE_SYNC_CLOCK,
        ModulesContainer,
        RATE_SYNC_HANDLERS,
      ],
      useFactory: startRateSync,
    },
    {
      provide: RATE_SYNC_TRANSPORTS,
      inject: [RATE_SYNC, HttpAdapterHost],
      useFactory: openTransports,
    },
    {
      provide: RATE_LIMIT_GUARD_SERVICES,
      inject: [
        RATE_SYNC,
        RATE_SYNC_OPTIONS,
        RATE_SYNC_HANDLERS,
        RATE_SYNC_TRANSPORTS,
        ModulesContainer,
      ],
      useFactory: makeGuardServices,
    },
    {
      provide: RATE_SYNC_CORE_SERVICE,
      inject: [RATE_SYNC],
      useFactory: (rateSync: RateSync) => new RateSyncService(rateSync),
    },
    { provide: APP_FILTER, useClass: RateLimitFilter },
    RuntimeLifeCycle,
  ],
  exports: [RATE_SYNC, RATE_LIMIT_GUARD_SERVICES, RATE_SYNC_CORE_SERVICE, RateLimitGuard],
})
export class RateSyncCoreModule extends ConfigurableModuleClass {}
