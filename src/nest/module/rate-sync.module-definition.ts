import { ConfigurableModuleBuilder, type DynamicModule, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { checkExtras } from './checked-options.js';
import type { RateSyncModuleExtras, RateSyncModuleOptions } from './options.js';
import { RateLimitGuard } from '../guard/rate-limit.guard.js';
import { RATE_SYNC_GLOBAL_GUARD, RATE_SYNC_OPTIONS } from '../tokens.js';

const extras: RateSyncModuleExtras = { globalGuard: true, guard: RateLimitGuard, isGlobal: true };

export const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<RateSyncModuleOptions>({ optionsInjectionToken: RATE_SYNC_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createRateSyncOptions')
    .setExtras(extras, withExtras)
    .build();

/** The core is always global: `isGlobal` is about the module that refers to it. */
function withExtras(definition: DynamicModule, chosen: RateSyncModuleExtras): DynamicModule {
  checkExtras(chosen);
  const { guard = RateLimitGuard, globalGuard = true } = chosen;
  const global = { provide: APP_GUARD, useExisting: RateLimitGuard };
  return {
    ...definition,
    global: true,
    providers: [
      ...(definition.providers ?? []),
      { provide: RateLimitGuard, useClass: guard as Type<RateLimitGuard> },
      ...(globalGuard ? [global] : []),
      { provide: RATE_SYNC_GLOBAL_GUARD, useValue: { name: globalGuard ? guard.name : null } },
    ],
  };
}
