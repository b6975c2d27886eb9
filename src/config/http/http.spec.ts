import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../core/errors/index.js';
import { parseConfigText } from '../parse-config.js';
import type { HttpSettings } from '../settings.js';

type Env = Readonly<Record<string, string>>;

function load(keys: string, env: Env = {}): HttpSettings {
  const rest = '[stores.a]\nstrategy = "memory"\n[limiters.x]\nrate_per_second = 1';
  return parseConfigText(`[http]\n${keys}\n${rest}`, { env }).http;
}

function problemOf(keys: string, env: Env = {}): string {
  try {
    load(keys, env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`).join('\n');
  }
  return '';
}

describe('[http]', () => {
  it('has defaults', () => {
    expect(load('')).toEqual({
      trustedProxies: null,
      ipv6Subnet: 64,
      headers: ['draft', 'legacy'],
      errors: 'nest',
    });
  });

  it('reads every key', () => {
    const keys =
      'trusted_proxies = ["10.0.0.0/8", "loopback", "unix"]\nipv6_subnet = 48\nheaders = ["draft", "draft"]\nerrors = "problem"';
    expect(load(keys)).toEqual({
      trustedProxies: ['10.0.0.0/8', 'loopback', 'unix'],
      ipv6Subnet: 48,
      headers: ['draft'],
      errors: 'problem',
    });
  });

  it('distinguishes empty lists from the defaults', () => {
    expect(load('headers = []\ntrusted_proxies = []')).toMatchObject({
      headers: [],
      trustedProxies: [],
    });
  });

  it('takes lists from variables', () => {
    expect(
      load('trusted_proxies = "${PROXIES}"\nheaders = "${HEADERS:-}"', {
        PROXIES: '10.0.0.0/8, fd00::/8',
      }),
    ).toMatchObject({ trustedProxies: ['10.0.0.0/8', 'fd00::/8'], headers: ['draft', 'legacy'] });
  });

  it.each([
    ['trusted_proxies = 1', /^http.trusted_proxies: a number of hops is not supported/],
    ['trusted_proxies = "1"', /^http.trusted_proxies: expected an array of addresses and ranges/],
    ['trusted_proxies = ["1"]', /^http.trusted_proxies\[0\]: a number of hops is not supported/],
    ['trusted_proxies = ["unix:"]', /^http.trusted_proxies\[0\]: expected .* or "unix"/],
    ['trusted_proxies = ["::1", "*"]', /^http.trusted_proxies\[1\]: expected an address/],
    ['trusted_proxies = ["0.0.0.0/0"]', /^http.trusted_proxies\[0\]: a range of all addresses/],
    ['trusted_proxies = true', /^http.trusted_proxies: expected an array/],
    ['ipv6_subnet = 31', /^http.ipv6_subnet: expected a whole number from 32 to 128, got 31/],
    ['ipv6_subnet = 129', /^http.ipv6_subnet: .*got 129/],
    ['ipv6_subnet = 64.5', /^http.ipv6_subnet: .*got 64.5/],
    ['headers = ["drat"]', /^http.headers\[0\]: expected "draft" or "legacy", got "drat". Did you/],
    ['headers = "draft"', /^http.headers: expected an array of strings, got a string/],
    ['errors = "rfc"', /^http.errors: expected "nest" or "problem", got "rfc"/],
    ['error = "nest"', /^http.error: unknown key. Did you mean "errors"\?/],
  ])('refuses %j', (keys, expected) => {
    expect(problemOf(keys)).toMatch(expected);
  });

  it('names the variable of a number of hops', () => {
    expect(problemOf('trusted_proxies = "${HOPS}"', { HOPS: '2' })).toMatch(
      /^http.trusted_proxies: a number of hops .* got a string from \$\{HOPS\}\.$/,
    );
  });

  it('refuses more than 1000 items', () => {
    expect(problemOf(`trusted_proxies = [${'"::1",'.repeat(1001)}]`)).toBe(
      'http.trusted_proxies: has more than 1000 items.',
    );
  });
});
