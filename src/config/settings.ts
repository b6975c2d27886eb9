import type { ConfigProblem } from '../core/errors/index.js';
import type { FailureMode, LimiterPolicy } from '../core/policy.js';
import type { IdentifierSourceText } from '../identifiers/identifier-source.js';
import type { RedisSettings } from '../stores/redis/settings.js';

/** A valid configuration, with every default filled in. */
export interface LoadedConfig {
  /** Absolute path of the file, or null when the configuration was an object. */
  readonly source: string | null;
  readonly stores: readonly StoreSettings[];
  readonly limiters: readonly LimiterSettings[];
  readonly http: HttpSettings;
  readonly logging: LoggingSettings;
  /** Keys that were accepted, but have no effect, by line. */
  readonly warnings: readonly ConfigProblem[];
}

/** A store, discriminated by `strategy`. */
export type StoreSettings = MemoryStoreSettings | RedisStoreSettings;

/** State in this process. */
export interface MemoryStoreSettings {
  readonly id: string;
  readonly strategy: 'memory';
  /** The most identifiers that are tracked at once. */
  readonly maxKeys: number;
}

/** State in Redis: the settings of the store, and how long the process caches its denials. */
export interface RedisStoreSettings extends RedisSettings {
  readonly strategy: 'redis';
  /** The longest that a denial is cached; 0 turns it off. */
  readonly denyCacheMs: number;
}

/** A limiter. */
export interface LimiterSettings {
  readonly id: string;
  readonly storeId: string;
  readonly policy: LimiterPolicy;
  /** The longest that a check may take and that `acquire` waits; null: not limited here. */
  readonly timeoutMs: number | null;
  readonly failureMode: FailureMode;
  /** Combined into one identifier. Never empty. */
  readonly identifyBy: readonly IdentifierSourceText[];
}

/** A family of response headers: the IETF draft's, or `X-RateLimit-*`. */
export type HeaderFamily = 'draft' | 'legacy';

/** The body of a 429 or 503: Nest's own, or RFC 9457 problem details. */
export type ErrorBodyStyle = 'nest' | 'problem';

/** HTTP: proxies, headers and error bodies. */
export interface HttpSettings {
  /** Addresses, CIDR ranges and proxy-addr's names; null: the adapter determines the client address. */
  readonly trustedProxies: readonly string[] | null;
  /** Leading bits of an IPv6 address that stand for one client. */
  readonly ipv6Subnet: number;
  readonly headers: readonly HeaderFamily[];
  readonly errors: ErrorBodyStyle;
}

/** The level of a log line; `off`: it is not written. */
export type LogLevel = 'off' | 'debug' | 'info' | 'warn' | 'error';

/** Logging of decisions. */
export interface LoggingSettings {
  /** The share of allowed calls that is logged, from 0 to 1. */
  readonly allowedSample: number;
  readonly levels: Readonly<Record<'allowed' | 'exceeded' | 'error' | 'circuit', LogLevel>>;
}
