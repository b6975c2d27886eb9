import type { FailureMode, LimiterPolicy } from '../core/policy.js';
import type { IdentifierSourceText } from '../identifiers/identifier-source.js';
import type { Secret } from './secret.js';

/** A configuration that was found right, with every default filled in. */
export interface LoadedConfig {
  /** Absolute path of the file, or null when the configuration was an object. */
  readonly source: string | null;
  readonly stores: readonly StoreSettings[];
  readonly limiters: readonly LimiterSettings[];
  readonly http: HttpSettings;
  readonly logging: LoggingSettings;
}

/** A store, told apart by `strategy`. */
export type StoreSettings = MemoryStoreSettings | RedisStoreSettings;

/** State in this process. */
export interface MemoryStoreSettings {
  readonly id: string;
  readonly strategy: 'memory';
  /** The most identifiers that are tracked at once. */
  readonly maxKeys: number;
}

/** State in Redis. Times are milliseconds. */
export interface RedisStoreSettings {
  readonly id: string;
  readonly strategy: 'redis';
  readonly address: RedisAddress;
  readonly username: string | null;
  readonly password: Secret | null;
  /** Number of the database; 0 in a cluster. */
  readonly db: number;
  /** Null: plain TCP. */
  readonly tls: TlsSettings | null;
  readonly keyPrefix: string;
  /** Keys hold an HMAC of the identifier with this secret; null: a plain hash. */
  readonly hashSecret: Secret | null;
  /** The most connections that this process holds to the servers of the store; null: no ceiling. */
  readonly maxConnections: number | null;
  readonly socketTimeoutMs: number;
  readonly socketConnectTimeoutMs: number;
  readonly retryOnTimeout: boolean;
  /** Between two checks of an idle connection; 0 turns them off. */
  readonly healthCheckIntervalMs: number;
  /** The longest that a decision may take, whatever its limiter says. */
  readonly decisionTimeoutMs: number;
  /** The most script calls sent and unanswered per node. */
  readonly maxInFlight: number;
  /** The longest that a denial is remembered; 0 turns it off. */
  readonly denyCacheMs: number;
  readonly circuitBreaker: CircuitBreakerSettings;
}

/** Where Redis is. */
export type RedisAddress = RedisServerAddress | RedisSentinelAddress | RedisClientAddress;

/** Servers that are connected to directly. */
export interface RedisServerAddress {
  /** `auto`: a server that reports cluster mode is used as a cluster. */
  readonly topology: 'auto' | 'single' | 'cluster';
  /** One server, or the seeds of a cluster. Never empty. */
  readonly nodes: readonly RedisNode[];
}

/** A server that sentinels know. */
export interface RedisSentinelAddress {
  readonly topology: 'sentinel';
  /** Never empty. */
  readonly sentinels: readonly RedisHost[];
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
  /** An ioredis `Redis` or `Cluster`. It is never closed here. */
  readonly client: object;
}

/** Where one server listens. */
export type RedisNode = RedisHost | RedisSocket;

/** A host (IPv6 without brackets) and a port. */
export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

/** The absolute path of a Unix socket. */
export interface RedisSocket {
  readonly path: string;
}

/** How a TLS connection is made. The files are paths as written; they were not read. */
export interface TlsSettings {
  /** False accepts any certificate: encrypted, but to whomever answers. */
  readonly verifyCertificate: boolean;
  /** The name that the certificate must have; null: the host that is connected to. */
  readonly serverName: string | null;
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
}

/** When a failing store is left alone, and for how long. */
export interface CircuitBreakerSettings {
  /** Consecutive failures until it opens. */
  readonly failureThreshold: number;
  /** From opening until one probe is let through. */
  readonly openMs: number;
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

/** What concerns HTTP. */
export interface HttpSettings {
  /** Addresses, CIDR ranges and proxy-addr's names; null: the adapter decides who the client is. */
  readonly trustedProxies: readonly string[] | null;
  /** Leading bits of an IPv6 address that stand for one client. */
  readonly ipv6Subnet: number;
  readonly headers: readonly HeaderFamily[];
  readonly errors: ErrorBodyStyle;
}

/** How loud a line is; `off`: it is not written. */
export type LogLevel = 'off' | 'debug' | 'info' | 'warn' | 'error';

/** What is logged of decisions. */
export interface LoggingSettings {
  /** The share of the calls that pass that is logged, from 0 to 1. */
  readonly allowedSample: number;
  readonly levels: Readonly<Record<'allowed' | 'exceeded' | 'error' | 'circuit', LogLevel>>;
}
