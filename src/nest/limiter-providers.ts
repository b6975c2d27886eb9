import type { DynamicModule, FactoryProvider } from '@nestjs/common';
import type { Limiter } from '../limiter/limiter.js';
import type { RateSync } from '../runtime/rate-sync.js';
import { injectedLimiterIds } from './inject-limiter.decorator.js';
import { MissingLimiter } from './missing-limiter.js';
import { getLimiterToken, RATE_SYNC } from './tokens.js';

/**
 * Adds a provider for every limiter that some class injects.
 *
 * Which classes there are is known only when Nest reads the definition, after all imports, so the
 * lists are worked out then and not when `forRoot` is called.
 */
export function withInjectedLimiters(definition: DynamicModule): DynamicModule {
  const { providers = [], exports = [] } = definition;
  return Object.defineProperties(
    { ...definition },
    {
      providers: {
        enumerable: true,
        get: () => [...providers, ...[...injectedLimiterIds()].map(limiterProvider)],
      },
      exports: {
        enumerable: true,
        get: () => [...exports, ...[...injectedLimiterIds()].map(getLimiterToken)],
      },
    },
  );
}

function limiterProvider(limiterId: string): FactoryProvider<Limiter> {
  return {
    provide: getLimiterToken(limiterId),
    inject: [RATE_SYNC],
    useFactory: (rateSync: RateSync) =>
      rateSync.has(limiterId)
        ? rateSync.getLimiter(limiterId)
        : new MissingLimiter(
            limiterId,
            rateSync.listLimiters().map(({ id }) => id),
          ),
  };
}
