import { describe, expect, it } from 'vitest';
import { parseConfigObject, parseConfigText } from '../parse-config.js';
import type { RedisStoreSettings } from '../settings.js';

const LIMITER = '[limiters.any]\nrate_per_second = 1';
const FILES = 'ssl_ca_certs = "/ca.pem"\nssl_servername = "redis.example.org"';

function load(keys: string, env: Readonly<Record<string, string>> = {}): RedisStoreSettings {
  const text = `[stores.main]\nsentinels = ["a:26379"]\n${keys}\n${LIMITER}`;
  const [store] = parseConfigText(text, { env }).stores;
  if (store?.strategy !== 'redis') throw new Error('not a redis store');
  return store;
}

const tls = {
  verifyCertificate: true,
  serverName: 'redis.example.org',
  caFile: '/ca.pem',
  certFile: null,
  keyFile: null,
};

describe('B2: TLS to sentinels', () => {
  it.each([
    ['ssl = true', { tls, sentinelTls: tls }],
    ['ssl = true\nsentinel_ssl = false', { tls, sentinelTls: null }],
    ['ssl = false\nsentinel_ssl = true', { tls: null, sentinelTls: tls }],
    ['sentinel_ssl = true', { tls: null, sentinelTls: tls }],
    ['sentinel_ssl = "${SENTINEL_TLS:-}"\nssl = true', { tls, sentinelTls: tls }],
  ])('of %s', (keys, expected) => {
    const { tls: toServer, address } = load(`${keys}\n${FILES}`);
    expect(toServer).toEqual(expected.tls);
    expect(address).toMatchObject({ sentinelTls: expected.sentinelTls });
  });

  it('follows $REDIS_SSL like ssl does', () => {
    expect(load(FILES, { REDIS_SSL: 'true' })).toMatchObject({
      tls,
      address: { sentinelTls: tls },
    });
    expect(load('', {})).toMatchObject({ tls: null, address: { sentinelTls: null } });
  });
});

it('B2: sentinels have a user of their own, in both forms', () => {
  const login = { sentinelUsername: 'watcher', sentinelPassword: 'pw' };
  const { address } = load('sentinel_username = "watcher"\nsentinel_password = "pw"');
  const config = {
    stores: { main: { sentinels: ['a:1'], sentinelSsl: true, sslServername: 'redis', ...login } },
    limiters: { any: { ratePerSecond: 1 } },
  };
  const [asObject] = parseConfigObject(config, { env: {} }).stores;
  for (const each of [address, asObject?.strategy === 'redis' ? asObject.address : null]) {
    if (each?.topology !== 'sentinel') throw new Error('not sentinels');
    expect(each.sentinelUsername).toBe('watcher');
    expect(each.sentinelPassword?.reveal()).toBe('pw');
  }
  expect(asObject).toMatchObject({ address: { sentinelTls: { serverName: 'redis' } }, tls: null });
});
