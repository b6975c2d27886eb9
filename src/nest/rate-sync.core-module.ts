import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { systemClock } from '../core/clock.js';
import { openStore } from '../runtime/open-store.js';
import type { RateSync } from '../runtime/rate-sync.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { ConfigurableModuleClass } from './rate-sync.module-definition.js';
import { RateSyncService } from './rate-sync.service.js';
import { makePlans, startRateSync } from './start-rate-sync.js';
import {
  RATE_SYNC,
  RATE_SYNC_CLOCK,
  RATE_SYNC_CORE_SERVICE,
  RATE_SYNC_OPEN_STORE,
  RATE_SYNC_OPTIONS,
  RATE_SYNC_PLANS,
} from './tokens.js';

/** Closes the limiters with the application. */
@Injectable()
class RuntimeLifeCycle implements OnApplicationShutdown {
  readonly #rateSync: RateSync;

  constructor(@Inject(RATE_SYNC) rateSync: RateSync) {
    this.#rateSync = rateSync;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#rateSync.close();
  }
}

/**
 * Holds the one runtime of an application: its limiters, its stores and the guard. Always global, so
 * that guards and waiting methods of every module find them; `RateSyncModule` refers to it.
 * @internal
 */
@Module({
  providers: [
    MetadataScanner,
    { provide: RATE_SYNC_OPEN_STORE, useValue: openStore },
    { provide: RATE_SYNC_CLOCK, useValue: systemClock },
    {
      provide: RATE_SYNC,
      inject: [
        RATE_SYNC_OPTIONS,
        RATE_SYNC_OPEN_STORE,
        RATE_SYNC_CLOCK,
        ModulesContainer,
        MetadataScanner,
      ],
      useFactory: startRateSync,
    },
    { provide: RATE_SYNC_PLANS, inject: [RATE_SYNC, RATE_SYNC_OPTIONS], useFactory: makePlans },
    {
      provide: RATE_SYNC_CORE_SERVICE,
      inject: [RATE_SYNC],
      useFactory: (rateSync: RateSync) => new RateSyncService(rateSync),
    },
    RateLimitGuard,
    RuntimeLifeCycle,
  ],
  exports: [RATE_SYNC, RATE_SYNC_PLANS, RATE_SYNC_CORE_SERVICE, RateLimitGuard],
})
export class RateSyncCoreModule extends ConfigurableModuleClass {}
