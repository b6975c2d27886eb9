import type { RateSyncConfig } from '../../config/index.js';
import type { DecisionObserver } from '../../core/events.js';
import type { MaybePromise } from '../../core/maybe-promise.js';
import type { RateLimitRuleInput } from '../decorators/rules.js';
import type { RateLimitGuard } from '../guard/rate-limit.guard.js';

/** The class of a guard, whatever its constructor takes. */
export type RateLimitGuardClass = new (...args: never[]) => RateLimitGuard;

/** Options of `RateSyncModule`. */
export interface RateSyncModuleOptions {
  /**
   * Path of a TOML file, or the configuration itself. Default: `$RATE_SYNC_CONFIG`,
   * `./rate-sync.toml`, `./config/rate-sync.toml`.
   */
  readonly config?: string | RateSyncConfig | undefined;
  /** Variables for `${VAR}` in the file; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Limits of HTTP routes that have no `@RateLimit`; default none. */
  readonly defaultLimiters?: readonly RateLimitRuleInput[] | undefined;
  /**
   * What to do when a store cannot be reached at the start: fail (`throw`, default), or start all
   * the same, answer by failure modes and recover (`degrade`).
   */
  readonly onStartupFailure?: 'throw' | 'degrade' | undefined;
  /** Notified of every decision, degradation and circuit change. */
  readonly observers?: readonly DecisionObserver[] | undefined;
}

/** Makes the options, for `forRootAsync({ useClass })` and `useExisting`. */
export interface RateSyncOptionsFactory {
  createRateSyncOptions(): MaybePromise<RateSyncModuleOptions>;
}

/** Settings of the import itself: Nest needs them before it calls a factory of options. */
export interface RateSyncModuleExtras {
  /**
   * The class of the guard that the module registers, a subclass of `RateLimitGuard`; default
   * `RateLimitGuard`. Its dependencies are those of global modules and of `imports`.
   */
  readonly guard?: RateLimitGuardClass | undefined;
  /** Registers the guard for all routes; default true. */
  readonly globalGuard?: boolean | undefined;
  /** Makes limiters injectable in all modules; default true. */
  readonly isGlobal?: boolean | undefined;
}
