/*
 * Tokens are strings or registered symbols, so that two copies of this package in one process (one
 * loaded with `import`, one with `require`) mean the same thing.
 */

/** Injects the options that `forRoot` or `forRootAsync` were given. */
export const RATE_SYNC_OPTIONS: unique symbol = Symbol.for('@rate-sync/nestjs:options') as never;

/** Injects the limiters and stores of the application, without Nest around them. */
export const RATE_SYNC: unique symbol = Symbol.for('@rate-sync/nestjs:runtime') as never;

/** Injects `RateSyncService` where its class is that of another copy of this package. */
export const RATE_SYNC_SERVICE: unique symbol = Symbol.for('@rate-sync/nestjs:service') as never;

/** The service of the one runtime, which `RateSyncService` is in every module; internal. */
export const RATE_SYNC_CORE_SERVICE: unique symbol = Symbol.for(
  '@rate-sync/nestjs:core-service',
) as never;

/** Finds the rules of handlers; internal to the guard. */
export const RATE_SYNC_HANDLERS: unique symbol = Symbol.for('@rate-sync/nestjs:handlers') as never;

/** The prepared limits of all routes; internal to the guard. */
export const RATE_SYNC_PLANS: unique symbol = Symbol.for('@rate-sync/nestjs:plans') as never;

/** What opens stores; tests put their own in its place. */
export const RATE_SYNC_OPEN_STORE: unique symbol = Symbol.for(
  '@rate-sync/nestjs:open-store',
) as never;

/** What tells time; tests put a clock of their own in its place. */
export const RATE_SYNC_CLOCK: unique symbol = Symbol.for('@rate-sync/nestjs:clock') as never;

/** The token under which a limiter is injected; for `overrideProvider` and factories. */
export function getLimiterToken(limiterId: string): string {
  return `@rate-sync/nestjs:limiter:${limiterId}`;
}
