import { describe, expect, it } from 'vitest';
import { type ConfigProblem, ConfigurationError } from '../../core/errors/index.js';
import { Secret } from '../../core/secret.js';
import { parseConfigText } from '../parse-config.js';
import type { RedisStoreSettings, StoreSettings } from '../settings.js';

type Env = Readonly<Record<string, string>>;

const LIMITER = '[limiters.any]\nrate_per_second = 1';

function load(keys: string, env: Env = {}): StoreSettings {
  const { stores } = parseConfigText(`[stores.main]\n${keys}\n${LIMITER}`, { env });
  return stores[0]!;
}

function loadRedis(keys: string, env: Env = {}): RedisStoreSettings {
  const store = load(keys, env);
  if (store.strategy !== 'redis') throw new Error('not a redis store');
  return store;
}

function problemsOf(keys: string, env: Env = {}): readonly ConfigProblem[] {
  try {
    load(keys, env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('[stores.X] in memory', () => {
  it('has a default', () => {
    expect(load('strategy = "memory"')).toEqual({
      id: 'main',
      strategy: 'memory',
      maxKeys: 100_000,
    });
  });

  it('reads every key, in either dialect', () => {
    expect(load('engine = "memory"\nmax_keys = 7')).toMatchObject({ maxKeys: 7 });
  });
});

describe('[stores.X] in Redis', () => {
  it('has defaults', () => {
    expect(loadRedis('strategy = "redis"\nurl = "redis://h"')).toEqual({
      id: 'main',
      strategy: 'redis',
      address: { topology: 'auto', nodes: [{ host: 'h', port: 6379 }] },
      username: null,
      password: null,
      db: 0,
      tls: null,
      keyPrefix: 'rs',
      hashSecret: null,
      maxConnections: null,
      socketTimeoutMs: 5000,
      socketConnectTimeoutMs: 5000,
      retryOnTimeout: false,
      healthCheckIntervalMs: 30_000,
      decisionTimeoutMs: 250,
      maxInFlight: 64,
      denyCacheMs: 1000,
      circuitBreaker: { failureThreshold: 5, openMs: 1000 },
    });
  });

  it('reads every key', () => {
    const store = loadRedis(`
      engine = "redis"
      urls = ["rediss://a:1", "rediss://b:2"]
      topology = "cluster"
      username = "app"
      password = "0123"
      db = 0
      ssl = true
      ssl_cert_reqs = "none"
      ssl_ca_certs = "/ca.pem"
      ssl_certfile = "/cert.pem"
      ssl_keyfile = "/key.pem"
      ssl_servername = "redis.example.org"
      key_prefix = "shop:rs"
      hash_secret = "0456"
      pool_max_size = 50
      socket_timeout = 1.5
      socket_connect_timeout = 2
      retry_on_timeout = true
      health_check_interval = 0
      decision_timeout = 0.07
      max_in_flight = 9
      deny_cache_seconds = 0
      circuit_breaker = { failure_threshold = 3, timeout = 60 }`);
    const { password, hashSecret, ...rest } = store;
    expect(password?.reveal()).toBe('0123');
    expect(hashSecret?.reveal()).toBe('0456');
    expect(rest).toEqual({
      id: 'main',
      strategy: 'redis',
      address: {
        topology: 'cluster',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
      },
      username: 'app',
      db: 0,
      tls: {
        verifyCertificate: false,
        serverName: 'redis.example.org',
        caFile: '/ca.pem',
        certFile: '/cert.pem',
        keyFile: '/key.pem',
      },
      keyPrefix: 'shop:rs',
      maxConnections: 50,
      socketTimeoutMs: 1500,
      socketConnectTimeoutMs: 2000,
      retryOnTimeout: true,
      healthCheckIntervalMs: 0,
      decisionTimeoutMs: 70,
      maxInFlight: 9,
      denyCacheMs: 0,
      circuitBreaker: { failureThreshold: 3, openMs: 60_000 },
    });
  });

  it('uses sentinels without a topology key', () => {
    const { address } = loadRedis(
      'sentinels = ["a:26379", "b:26380"]\nsentinel_password = "0123"\nmaster_name = "main"',
    );
    expect(address).toEqual({
      topology: 'sentinel',
      sentinels: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 26380 },
      ],
      masterName: 'main',
      sentinelUsername: null,
      sentinelPassword: expect.any(Secret) as Secret,
      sentinelTls: null,
    });
    expect(address.topology === 'sentinel' && address.sentinelPassword?.reveal()).toBe('0123');
    expect(loadRedis('sentinels = ["a:1"]\ntopology = "sentinel"').address).toMatchObject({
      masterName: 'mymaster',
      sentinelPassword: null,
    });
  });
});

describe('the strategy of [stores.X]', () => {
  const both = 'url = "${REDIS_URL:-}"\nmax_keys = 5\nmax_connections = 2';

  it('follows the variables when it is left out', () => {
    expect(load(both)).toEqual({ id: 'main', strategy: 'memory', maxKeys: 5 });
    expect(load(both, { REDIS_URL: '' })).toMatchObject({ strategy: 'memory' });
    expect(load(both, { REDIS_URL: 'redis://h' })).toMatchObject({ strategy: 'redis' });
    expect(load('urls = "${U:-}"', { U: 'redis://a, redis://b' })).toMatchObject({
      address: { nodes: [{ host: 'a' }, { host: 'b' }] },
    });
    expect(load('urls = ["${A:-}", "${B:-}"]', { B: 'redis://b' })).toMatchObject({
      address: { nodes: [{ host: 'b' }] },
    });
    expect(load('urls = ["${A:-}"]')).toMatchObject({ strategy: 'memory' });
    expect(load('strategy = "${S:-memory}"\nurl = "${U:-}"')).toMatchObject({ strategy: 'memory' });
  });

  it('is required without an address', () => {
    expect(problemsOf('max_keys = 5')).toEqual([
      {
        path: 'stores.main.strategy',
        line: 1,
        message: 'missing; write strategy = "memory" or strategy = "redis".',
      },
    ]);
  });

  it('refuses keys of the other strategy when it is written', () => {
    expect(problemsOf('strategy = "memory"\nurl = "redis://h"\ndb = 0')).toMatchObject(
      [
        { path: 'stores.main.url', line: 3, message: /belongs to a redis store/ },
        { path: 'stores.main.db', line: 4, message: /this is a memory store/ },
      ].map(({ message, ...rest }) => ({
        ...rest,
        message: expect.stringMatching(message) as string,
      })),
    );
    expect(problemsOf('strategy = "memory"\n[stores.main.circuit_breaker]')).toMatchObject([
      { path: 'stores.main.circuit_breaker', line: 3 },
    ]);
    expect(problemsOf('strategy = "redis"\nurl = "redis://h"\nmax_keys = 1')).toEqual([
      {
        path: 'stores.main.max_keys',
        line: 4,
        message: 'belongs to a memory store, but this is a redis store.',
      },
    ]);
  });
});
