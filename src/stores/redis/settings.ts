import type { CircuitBreakerRule } from '../../resilience/circuit-breaker.js';
import type { Endpoint, HostEndpoint } from './endpoint.js';

/** A text that does not show itself by accident. */
export interface Hidden {
  reveal(): string;
}

/** Where Redis is. */
export type RedisLocation =
  | {
      /** `auto`: a server that reports cluster mode is used as a cluster. */
      readonly topology: 'auto' | 'single' | 'cluster';
      /** One server, or the seeds of a cluster. Never empty. */
      readonly nodes: readonly Endpoint[];
    }
  | {
      readonly topology: 'sentinel';
      readonly sentinels: readonly HostEndpoint[];
      readonly masterName: string;
      readonly sentinelUsername: string | null;
      readonly sentinelPassword: Hidden | null;
      /** Of the sentinels; null: plain TCP. */
      readonly sentinelTls: TlsFiles | null;
    }
  | {
      readonly topology: 'client';
      /** A connected ioredis client of the application. */
      readonly client: object;
    };

/** How a TLS connection is made; the files are paths. */
export interface TlsFiles {
  readonly verifyCertificate: boolean;
  /** The name that the certificate must have; null: the host that is connected to. */
  readonly serverName: string | null;
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
}

/** What a Redis store needs to know. Times are milliseconds. */
export interface RedisSettings {
  readonly id: string;
  readonly address: RedisLocation;
  readonly username: string | null;
  readonly password: Hidden | null;
  readonly db: number;
  readonly tls: TlsFiles | null;
  readonly keyPrefix: string;
  /** Keys hold an HMAC with this secret; null: a plain hash. */
  readonly hashSecret: Hidden | null;
  /** The most connections to servers that count, all together; null: no ceiling. */
  readonly maxConnections: number | null;
  readonly socketTimeoutMs: number;
  readonly socketConnectTimeoutMs: number;
  /** Whether what can be done twice (looks, renewals, resets) is tried again on a new connection. */
  readonly retryOnTimeout: boolean;
  readonly healthCheckIntervalMs: number;
  readonly decisionTimeoutMs: number;
  readonly maxInFlight: number;
  readonly circuitBreaker: CircuitBreakerRule;
}
