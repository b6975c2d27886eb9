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
  /** redis: `auto` (default) uses a server that reports cluster mode as a cluster. */
  readonly topology?: 'auto' | 'single' | 'cluster' | 'sentinel' | undefined;
  /** redis: Sentinels as `host:port`, instead of `url`. */
  readonly sentinels?: readonly string[] | undefined;
  /** redis: the name of the master (`mymaster`). */
  readonly masterName?: string | undefined;
  /** redis: the ACL user of the sentinels themselves. */
  readonly sentinelUsername?: string | undefined;
  /** redis: the password of the sentinels themselves. */
  readonly sentinelPassword?: string | undefined;
  /** redis: TLS to the sentinels (as `ssl`). */
  readonly sentinelSsl?: boolean | undefined;
  /** redis: the ACL user; else that of the URL. */
  readonly username?: string | undefined;
  /** redis: the password; else that of the URL, else `$REDIS_PASSWORD`. */
  readonly password?: string | undefined;
  /** redis: the number of the database; else that of the URL, else 0. */
  readonly db?: number | undefined;
  /** redis: TLS; else as the URL or `$REDIS_SSL`. */
  readonly ssl?: boolean | undefined;
  /** redis: whether the certificate is verified; else `$REDIS_CERT_REQS`, else `required`. */
  readonly sslCertReqs?: 'required' | 'none' | undefined;
  /** redis: path of the PEM file of the certificate authorities. */
  readonly sslCaCerts?: string | undefined;
  /** redis: path of the PEM file of the client certificate; requires `sslKeyfile`. */
  readonly sslCertfile?: string | undefined;
  /** redis: path of the PEM file of its key. */
  readonly sslKeyfile?: string | undefined;
  /** redis: the name to verify in certificates, for servers that are reached by another name. */
  readonly sslServername?: string | undefined;
  /** redis: the beginning of every key (`rs`). */
  readonly keyPrefix?: string | undefined;
  /** redis: keys hold an HMAC of the identifier with this secret, instead of a plain hash. */
  readonly hashSecret?: string | undefined;
  /** redis: the most connections of this process, one for each server. Left out: no ceiling. */
  readonly maxConnections?: number | undefined;
  /** redis: seconds without a reply after which a connection is closed (5). */
  readonly socketTimeout?: number | undefined;
  /** redis: the most seconds that connecting may take (5). */
  readonly socketConnectTimeout?: number | undefined;
  /** redis: whether idempotent operations are sent again after a lost connection (`false`). */
  readonly retryOnTimeout?: boolean | undefined;
  /** redis: seconds between two checks of an idle connection (30); 0 turns them off. */
  readonly healthCheckInterval?: number | undefined;
  /** redis: the most seconds of a decision, whatever the timeout of its limiter (0.25). */
  readonly decisionTimeout?: number | undefined;
  /** redis: the most script calls sent and unanswered per node (64). */
  readonly maxInFlight?: number | undefined;
  /** redis: the most seconds that a denial is cached (1); 0 turns it off. */
  readonly denyCacheSeconds?: number | undefined;
  /** redis: when, and for how long, a failing store is not called. */
  readonly circuitBreaker?: CircuitBreakerConfig | undefined;
  /**
   * redis: an ioredis client (`Redis` or `Cluster`) of the application, instead of `url`, `urls` or
   * `sentinels`. The store never closes it, and its own options decide how soon it notices that a
   * server is gone.
   */
  readonly client?: object | undefined;
}

/** The circuit breaker of a store: when, and for how long, it is not called. */
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
  /** The most seconds that a check may take, and that `acquire` waits. */
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
  /** Trusted proxies: addresses, ranges, `loopback`, `linklocal`, `uniquelocal`, `unix`. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Leading bits of an IPv6 address that stand for one client, 32 to 128 (64). */
  readonly ipv6Subnet?: number | undefined;
  /** Families of response headers (`draft` and `legacy`). */
  readonly headers?: readonly HeaderFamily[] | undefined;
  /** The body of a 429 or 503: that of Nest (`nest`), or problem details of RFC 9457. */
  readonly errors?: ErrorBodyStyle | undefined;
}

/** Logging of decisions; `off` writes nothing. */
export interface LoggingConfig {
  /** The share of allowed calls that is logged, from 0 (default) to 1. */
  readonly allowedSample?: number | undefined;
  /** Level of `rate_limit_allowed` (`info`). */
  readonly allowedLevel?: LogLevel | undefined;
  /** Level of `rate_limit_exceeded` (`warn`). */
  readonly exceededLevel?: LogLevel | undefined;
  /** Level of `rate_limit_error` (`error`). */
  readonly errorLevel?: LogLevel | undefined;
  /** Level of `rate_limit_circuit` (`warn`). */
  readonly circuitLevel?: LogLevel | undefined;
}
