import type { RateSyncConfig } from '../../config/index.js';
import type { DecisionObserver } from '../../core/events.js';
import type { MaybePromise } from '../../core/maybe-promise.js';
import type { RateLimitRuleInput } from '../decorators/rules.js';

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
  /** Are told of every decision, degradation and circuit change. */
  readonly observers?: readonly DecisionObserver[] | undefined;
}

/** Makes the options, for `forRootAsync({ useClass })` and `useExisting`. */
export interface RateSyncOptionsFactory {
  createRateSyncOptions(): MaybePromise<RateSyncModuleOptions>;
}

/** What is decided where the module is imported, not by its options. */
export interface RateSyncModuleExtras {
  /** Registers the guard for all routes; default true. */
  readonly globalGuard?: boolean | undefined;
  /** Makes limiters injectable in all modules; default true. */
  readonly isGlobal?: boolean | undefined;
}
