import { describe, expect, it } from 'vitest';
import { parseConfigText } from './parse-config.js';

const PRODUCTION = {
  REDIS_URL: 'redis://redis-cluster:6379/0',
  REDIS_PASSWORD: 'your-secure-password',
  REDIS_SSL: 'true',
  REDIS_CERT_REQS: 'required',
};

/** The production deployment that this package takes over, in one of its two dialects. */
const production = (strategy: string, storeId: string, maxConnections: string) => `
  stores.redis_prod.${strategy} = "redis"
  stores.redis_prod.url = "\${REDIS_URL}"
  stores.redis_prod.${maxConnections} = 50
  stores.redis_prod.socket_timeout = 5
  stores.redis_prod.socket_connect_timeout = 5
  stores.redis_prod.retry_on_timeout = true
  stores.redis_prod.health_check_interval = 30
  [limiters]
  public = { ${storeId} = "redis_prod", algorithm = "token_bucket", rate_per_second = 100.0, timeout = 0.1, fail_closed = false }
  authenticated = { ${storeId} = "redis_prod", algorithm = "token_bucket", rate_per_second = 300.0, timeout = 0.1, fail_closed = false }
  login_ip = { ${storeId} = "redis_prod", algorithm = "sliding_window", limit = 10, window_seconds = 300, timeout = 0.1, fail_closed = true }
  login_credential = { ${storeId} = "redis_prod", algorithm = "sliding_window", limit = 5, window_seconds = 900, timeout = 0.1, fail_closed = true }`;

describe('the production configuration', () => {
  it.each([
    ['strategy', 'store_id', 'max_connections'],
    ['engine', 'store', 'pool_max_size'],
  ])('loads with %s, %s and %s', (strategy, storeId, maxConnections) => {
    const config = parseConfigText(production(strategy, storeId, maxConnections), {
      env: PRODUCTION,
    });
    const [store] = config.stores;
    expect(config.source).toBeNull();
    expect(store).toMatchObject({
      id: 'redis_prod',
      strategy: 'redis',
      address: { topology: 'auto', nodes: [{ host: 'redis-cluster', port: 6379 }] },
      db: 0,
      tls: { verifyCertificate: true },
      maxConnections: 50,
      socketTimeoutMs: 5000,
      retryOnTimeout: true,
      healthCheckIntervalMs: 30_000,
    });
    const shared = { storeId: 'redis_prod', timeoutMs: 100, identifyBy: ['ip'] };
    const bucket = { algorithm: 'token_bucket' };
    const window = { algorithm: 'sliding_window' };
    expect(config.limiters).toEqual([
      {
        ...shared,
        id: 'public',
        failureMode: 'fail_open',
        policy: { ...bucket, ratePerSecond: 100, burst: 100 },
      },
      {
        ...shared,
        id: 'authenticated',
        failureMode: 'fail_open',
        policy: { ...bucket, ratePerSecond: 300, burst: 300 },
      },
      {
        ...shared,
        id: 'login_ip',
        failureMode: 'fail_closed',
        policy: { ...window, limit: 10, windowMs: 300_000 },
      },
      {
        ...shared,
        id: 'login_credential',
        failureMode: 'fail_closed',
        policy: { ...window, limit: 5, windowMs: 900_000 },
      },
    ]);
  });

  it.each(['strategy', 'engine'])('loads in its short form, with %s', (strategy) => {
    const { limiters } = parseConfigText(
      `[stores.redis]
      ${strategy} = "redis"
      url = "\${REDIS_URL}"
      max_connections = 50
      socket_timeout = 5
      [limiters.public]
      store_id = "redis"
      algorithm = "token_bucket"
      rate_per_second = 100.0
      fail_closed = false
      [limiters.auth]
      store_id = "redis"
      algorithm = "sliding_window"
      limit = 10
      window_seconds = 300
      fail_closed = true`,
      { env: { REDIS_URL: 'redis://:password@redis-cluster:6379/0' } },
    );
    expect(limiters.map(({ id, failureMode }) => [id, failureMode])).toEqual([
      ['public', 'fail_open'],
      ['auth', 'fail_closed'],
    ]);
  });

  it.each([
    ['url = "redis://:password@host:6379/0"', null],
    [
      'url = "rediss://username:password@host:6379/0"\nssl_cert_reqs = "required"\nssl_ca_certs = "/path/to/ca-cert.pem"',
      {
        verifyCertificate: true,
        caFile: '/path/to/ca-cert.pem',
        certFile: null,
        keyFile: null,
      },
    ],
  ])('loads its fragments: %#', (keys, tls) => {
    const limiters = '[limiters.public]\nrate_per_second = 1\ntimeout = 0.01';
    const { stores } = parseConfigText(`[stores.redis_prod]\n${keys}\n${limiters}`, { env: {} });
    expect(stores[0]).toMatchObject({ strategy: 'redis', db: 0, tls });
  });
});
