import type { FactoryProvider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { InvalidUsageError } from '../../core/errors/index.js';
import type { Limiter } from '../../limiter/limiter.js';
import type { RateSync } from '../../runtime/rate-sync.js';
import { MissingLimiter } from './missing-limiter.js';
import { hasRuntime } from './single-runtime.js';
import { getLimiterToken, RATE_SYNC } from '../tokens.js';

/** Provides an injected limiter, in every module that refers to the runtime. */
export function limiterProvider(limiterId: string): FactoryProvider<Limiter> {
  return {
    provide: getLimiterToken(limiterId),
    inject: [{ token: RATE_SYNC, optional: true }, ModulesContainer],
    useFactory: (started: RateSync | undefined, modules: ModulesContainer) => {
      const rateSync = requireRuntime(started, modules);
      if (rateSync.limiters.has(limiterId)) return rateSync.limiters.get(limiterId);
      const known = rateSync.listLimiters().map(({ id }) => id);
      return new MissingLimiter(limiterId, known);
    },
  };
}

/** A part of the runtime. Throws an `InvalidUsageError` where no module has set one up. */
export function requireRuntime<Part>(part: Part | undefined, modules: ModulesContainer): Part {
  if (part !== undefined) return part;
  throw new InvalidUsageError(
    hasRuntime(modules)
      ? 'RateSyncModule could not start; its own error says why.'
      : 'RateSyncModule is imported, but no module sets it up. Call RateSyncModule.forRoot() or ' +
          'forRootAsync() once, in the root module: `imports: [RateSyncModule]` refers to that.',
  );
}
