import type { Secret } from '../../core/secret.js';
import type { CircuitBreakerRule } from '../../resilience/circuit-breaker.js';
import type { Endpoint, HostEndpoint } from './endpoint.js';

/** The settings of a Redis store. Times are milliseconds. */
export interface RedisSettings {
  readonly id: string;
  readonly address: RedisAddress;
  /** The ACL user; null: the user `default`. */
  readonly username: string | null;
  readonly password: Secret | null;
  /** Number of the database; 0 in a cluster. */
  readonly db: number;
  /** Null: plain TCP. */
  readonly tls: TlsSettings | null;
  /** The beginning of every key. */
  readonly keyPrefix: string;
  /** Keys hold an HMAC of the identifier with this secret; null: a plain hash. */
  readonly hashSecret: Secret | null;
  /** The most connections of this process to the servers of the store; null: no ceiling. */
  readonly maxConnections: number | null;
  /** A connection without a reply for so long is closed. */
  readonly socketTimeoutMs: number;
  /** The longest that connecting may take. */
  readonly socketConnectTimeoutMs: number;
  /** Whether idempotent operations (peeks, renewals, resets) are sent again on a new connection. */
  readonly retryOnTimeout: boolean;
  /** Between two checks of an idle connection; 0 turns them off. */
  readonly healthCheckIntervalMs: number;
  /** The longest that a decision may take, whatever the timeout of its limiter. */
  readonly decisionTimeoutMs: number;
  /** The most script calls sent and unanswered per node. */
  readonly maxInFlight: number;
  readonly circuitBreaker: CircuitBreakerRule;
}

/** Where Redis is. */
export type RedisAddress = RedisServerAddress | RedisSentinelAddress | RedisClientAddress;

/** Servers that are connected to directly. */
export interface RedisServerAddress {
  /** `auto`: a server that reports cluster mode is used as a cluster. */
  readonly topology: 'auto' | 'single' | 'cluster';
  /** One server, or the seeds of a cluster. Never empty. */
  readonly nodes: readonly Endpoint[];
}

/** A master that sentinels know. */
export interface RedisSentinelAddress {
  readonly topology: 'sentinel';
  /** Never empty. */
  readonly sentinels: readonly HostEndpoint[];
  readonly masterName: string;
  /** The ACL user of the sentinels themselves. */
  readonly sentinelUsername: string | null;
  readonly sentinelPassword: Secret | null;
  /** Of the sentinels; null: plain TCP. */
  readonly sentinelTls: TlsSettings | null;
}

/** Wherever a client of the application is connected to. */
export interface RedisClientAddress {
  readonly topology: 'client';
  /** An ioredis `Redis` or `Cluster`. The store never closes it. */
  readonly client: object;
}

/** How a TLS connection is made. The files are paths; they are read when a connection is opened. */
export interface TlsSettings {
  /** False accepts any certificate: the connection is encrypted, but the server is not verified. */
  readonly verifyCertificate: boolean;
  /** The name that the certificate must have; null: the host that is connected to. */
  readonly serverName: string | null;
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
}
