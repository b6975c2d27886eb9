import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../core/errors/index.js';
import { parseConfigText } from '../parse-config.js';
import type { RedisStoreSettings } from '../settings.js';

type Env = Readonly<Record<string, string>>;

function load(keys: string, env: Env): RedisStoreSettings {
  const text = `[stores.main]\n${keys}\n[limiters.any]\nrate_per_second = 1`;
  const [store] = parseConfigText(text, { env }).stores;
  if (store?.strategy !== 'redis') throw new Error('not a redis store');
  return store;
}

const plain = 'url = "redis://h"';

describe('REDIS_PASSWORD', () => {
  const env = { REDIS_PASSWORD: '0123', EMPTY: '' };

  it.each([
    [plain, '0123'],
    ['url = "redis://user@h"', '0123'],
    ['sentinels = ["h:1"]', '0123'],
    [`${plain}\npassword = "\${EMPTY}"`, '0123'],
    [`${plain}\npassword = "own"`, 'own'],
    ['url = "redis://:own@h"', 'own'],
  ])('stands in for a missing password: %j', (keys, password) => {
    expect(load(keys, env).password?.reveal()).toBe(password);
  });

  it('counts as absent when it is empty', () => {
    expect(load(plain, { REDIS_PASSWORD: '' }).password).toBeNull();
  });
});

describe('REDIS_SSL', () => {
  it.each([
    [plain, 'true', true],
    [plain, 'ON', true],
    [plain, 'false', false],
    [plain, '', false],
    [`${plain}\nssl = false`, 'true', false],
    [`${plain}\nssl = true`, 'false', true],
    [`${plain}\nssl = "\${NOTHING:-}"`, 'true', true],
    ['url = "rediss://h"', 'false', true],
  ])('stands in for a missing ssl: %j with %j', (keys, value, isOn) => {
    expect(load(keys, { REDIS_SSL: value }).tls !== null).toBe(isOn);
  });
});

describe('REDIS_CERT_REQS', () => {
  it.each([
    ['', 'required', true],
    ['', 'none', false],
    ['', 'NONE', false],
    ['', '', true],
    ['ssl_cert_reqs = "required"', 'none', true],
    ['ssl_cert_reqs = "none"', 'required', false],
  ])('stands in for a missing ssl_cert_reqs: %j with %j', (keys, value, isVerified) => {
    const { tls } = load(`url = "rediss://h"\n${keys}`, { REDIS_CERT_REQS: value });
    expect(tls?.verifyCertificate).toBe(isVerified);
  });
});

it('names an invalid variable, but not its value', () => {
  const env = { REDIS_SSL: 'canary', REDIS_CERT_REQS: 'canary' };
  try {
    load(plain, env);
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    expect(error.problems).toEqual([
      {
        path: 'stores.main.ssl',
        line: 1,
        message: 'not set, and $REDIS_SSL is neither true nor false.',
      },
      {
        path: 'stores.main.ssl_cert_reqs',
        line: 1,
        message: 'not set, and $REDIS_CERT_REQS is neither required nor none.',
      },
    ]);
    expect(error.message).not.toContain('canary');
  }
});
