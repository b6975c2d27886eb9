import type { RatePolicy } from '../core/policy.js';
import type { IdentifierSourceText } from '../identifiers/identifier-source.js';
import type { ErrorBodyStyle, HeaderFamily, LogLevel } from './settings.js';

/**
 * A configuration as an object: the fields of `rate-sync.toml` in camelCase, with the same units
 * (seconds), defaults and checks. `${VAR}` has no meaning in it.
 */
export interface RateSyncConfig {
  readonly stores: Readonly<Record<string, StoreConfig>>;
  readonly limiters: Readonly<Record<string, LimiterConfig>>;
  readonly http?: HttpConfig | undefined;
  readonly logging?: LoggingConfig | undefined;
}

/** A store: in memory, or in Redis. */
export interface StoreConfig {
  /** Left out: redis when `url`, `urls` or `sentinels` is given. */
  readonly strategy?: 'memory' | 'redis' | undefined;
  /** memory: the most identifiers tracked at once (100 000). */
  readonly maxKeys?: number | undefined;
  /** redis: `redis://user:password@host:port/db`, `rediss://` for TLS, or `unix:///path`. */
  readonly url?: string | undefined;
  /** redis: the seeds of a cluster, instead of `url`. */
  readonly urls?: readonly string[] | undefined;
  readonly topology?: 'auto' | 'single' | 'cluster' | 'sentinel' | undefined;
  /** redis: Sentinels as `host:port`, instead of `url`. */
  readonly sentinels?: readonly string[] | undefined;
  /** redis: the name of the master (`mymaster`). */
  readonly masterName?: string | undefined;
  /** redis: the ACL user of the sentinels themselves. */
  readonly sentinelUsername?: string | undefined;
  readonly sentinelPassword?: string | undefined;
  /** redis: TLS to the sentinels (as `ssl`). */
  readonly sentinelSsl?: boolean | undefined;
  readonly username?: string | undefined;
  /** redis: without one here or in the URL, `$REDIS_PASSWORD`. */
  readonly password?: string | undefined;
  readonly db?: number | undefined;
  /** redis: TLS. Without it here or `rediss://`, `$REDIS_SSL`. */
  readonly ssl?: boolean | undefined;
  /** redis: whether the certificate is verified. Without it here, `$REDIS_CERT_REQS`. */
  readonly sslCertReqs?: 'required' | 'none' | undefined;
  readonly sslCaCerts?: string | undefined;
  readonly sslCertfile?: string | undefined;
  readonly sslKeyfile?: string | undefined;
  /** redis: the name to verify in certificates, for servers that are reached by another name. */
  readonly sslServername?: string | undefined;
  /** redis: the beginning of every key (`rs`). */
  readonly keyPrefix?: string | undefined;
  /** redis: keys hold an HMAC of the identifier with this secret, instead of a plain hash. */
  readonly hashSecret?: string | undefined;
  /** redis: the most connections of this process, one for each server. Left out: no ceiling. */
  readonly maxConnections?: number | undefined;
  /** Seconds (5). */
  readonly socketTimeout?: number | undefined;
  /** Seconds (5). */
  readonly socketConnectTimeout?: number | undefined;
  readonly retryOnTimeout?: boolean | undefined;
  /** Seconds (30); 0 turns it off. */
  readonly healthCheckInterval?: number | undefined;
  /** Seconds that a decision may take, whatever its limiter says (0.25). */
  readonly decisionTimeout?: number | undefined;
  /** Script calls sent and unanswered per node (64). */
  readonly maxInFlight?: number | undefined;
  /** The most seconds that a denial is cached (1); 0 turns it off. */
  readonly denyCacheSeconds?: number | undefined;
  readonly circuitBreaker?: CircuitBreakerConfig | undefined;
  /**
   * redis: an ioredis client (`Redis` or `Cluster`) of the application, instead of `url`, `urls` or
   * `sentinels`. The store never closes it, and its own options decide how soon it notices that a
   * server is gone.
   */
  readonly client?: object | undefined;
}

/** The circuit breaker of a store. */
export interface CircuitBreakerConfig {
  /** Consecutive failures (5). */
  readonly failureThreshold?: number | undefined;
  /** Seconds until one probe is sent (1). */
  readonly timeout?: number | undefined;
}

/** A limiter. */
export interface LimiterConfig {
  /** The store; may be left out when there is only one. */
  readonly storeId?: string | undefined;
  /** How units are counted over time (a token bucket). */
  readonly algorithm?: RatePolicy['algorithm'] | undefined;
  /** Token bucket: sustained units per second. */
  readonly ratePerSecond?: number | undefined;
  /** Token bucket: the most units at once (one second's worth, at least 1). */
  readonly burst?: number | undefined;
  /** Sliding window: the most units in any `windowSeconds`. */
  readonly limit?: number | undefined;
  /** Sliding window: its length in seconds. */
  readonly windowSeconds?: number | undefined;
  /** The most slots held at once. */
  readonly maxConcurrent?: number | undefined;
  /** Seconds until the slot of a crashed holder is freed (30). */
  readonly leaseSeconds?: number | undefined;
  /** Seconds that a check may take, and that `acquire` waits. */
  readonly timeout?: number | undefined;
  /** When the store fails: true answers 503, false (default) allows. */
  readonly failClosed?: boolean | undefined;
  /** The same choice as `failClosed`. */
  readonly onStoreFailure?: 'open' | 'closed' | undefined;
  /** Where the identifier comes from (`ip`). */
  readonly identifyBy?: IdentifierSourceText | readonly IdentifierSourceText[] | undefined;
}

/** HTTP: proxies, headers and error bodies. */
export interface HttpConfig {
  /** Addresses, ranges, `loopback`, `linklocal`, `uniquelocal`, `unix`. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Bits, 32 to 128 (64). */
  readonly ipv6Subnet?: number | undefined;
  readonly headers?: readonly HeaderFamily[] | undefined;
  readonly errors?: ErrorBodyStyle | undefined;
}

/** Logging of decisions; `off` writes nothing. */
export interface LoggingConfig {
  /** The share of allowed calls that is logged, from 0 (default) to 1. */
  readonly allowedSample?: number | undefined;
  /** `info`. */
  readonly allowedLevel?: LogLevel | undefined;
  /** `warn`. */
  readonly exceededLevel?: LogLevel | undefined;
  /** `error`. */
  readonly errorLevel?: LogLevel | undefined;
  /** `warn`. */
  readonly circuitLevel?: LogLevel | undefined;
}
