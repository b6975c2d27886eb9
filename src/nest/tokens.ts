/*
 * Tokens are strings or registered symbols, so that two copies of this package in one process (one
 * loaded with `import`, one with `require`) mean the same thing.
 */

/** Injects the options of `forRoot` or `forRootAsync`. */
export const RATE_SYNC_OPTIONS: unique symbol = Symbol.for('@rate-sync/nestjs:options') as never;

/** Injects the limiters and stores of the application, independent of Nest. */
export const RATE_SYNC: unique symbol = Symbol.for('@rate-sync/nestjs:runtime') as never;

/** Injects `RateSyncService` where its class is that of another copy of this package. */
export const RATE_SYNC_SERVICE: unique symbol = Symbol.for('@rate-sync/nestjs:service') as never;

/** The service of the one runtime, which `RateSyncService` is in every module; internal. */
export const RATE_SYNC_CORE_SERVICE: unique symbol = Symbol.for(
  '@rate-sync/nestjs:core-service',
) as never;

/** Finds the rules of handlers; internal to the guard. */
export const RATE_SYNC_HANDLERS: unique symbol = Symbol.for('@rate-sync/nestjs:handlers') as never;

/** What all guards of the application share; injected into `RateLimitGuard` and its subclasses. */
export const RATE_LIMIT_GUARD_SERVICES: unique symbol = Symbol.for(
  '@rate-sync/nestjs:guard-services',
) as never;

/** The transports that the guard limits; tests replace them. */
export const RATE_SYNC_TRANSPORTS: unique symbol = Symbol.for(
  '@rate-sync/nestjs:transports',
) as never;

/** The name of the class of the global guard, or null; internal to the line at the start. */
export const RATE_SYNC_GLOBAL_GUARD: unique symbol = Symbol.for(
  '@rate-sync/nestjs:global-guard',
) as never;

/** Opens stores; tests replace it. */
export const RATE_SYNC_OPEN_STORE: unique symbol = Symbol.for(
  '@rate-sync/nestjs:open-store',
) as never;

/** The clock; tests replace it. */
export const RATE_SYNC_CLOCK: unique symbol = Symbol.for('@rate-sync/nestjs:clock') as never;

/** The token under which a limiter is injected; for `overrideProvider` and factories. */
export function getLimiterToken(limiterId: string): string {
  return `@rate-sync/nestjs:limiter:${limiterId}`;
}
