import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../core/errors/index.js';
import { parseConfigObject, parseConfigText } from '../parse-config.js';

function messagesOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigurationError) {
      return error.problems.map(({ path, message }) => `${path}: ${message}`);
    }
    throw error;
  }
  return [];
}

const limiters = { any: { ratePerSecond: 1 } };
const inToml = (keys: string): readonly string[] =>
  messagesOf(() =>
    parseConfigText(`[stores.main]\n${keys}\n[limiters.any]\nrate_per_second = 1`, { env: {} }),
  );

describe('B3: a parameter in the query of a URL', () => {
  it.each([
    ['family=6', '"family". Leave it out: addresses of both families are tried.'],
    ['db=1', '"db", which is not read. Write the key db instead.'],
    ['password=canary', '"password", which is not read. Write the key password instead.'],
    [
      'connectTimeout=1',
      '"connectTimeout", which is not read. Write the key socket_connect_timeout',
    ],
    ['socket_timeout=1', '"socket_timeout", which is not read. Write the key socket_timeout'],
    [
      'pool_max_size=9',
      '"pool_max_size", which is not read. Write the key max_connections instead.',
    ],
    ['ssl_cert_reqs=none', '"ssl_cert_reqs", which is not read. Write the key ssl_cert_reqs'],
    ['keyPrefix=canary', '"keyPrefix", which is not read. Write the key key_prefix instead.'],
    ['constructor=1', '"constructor", which is not supported. Leave it out.'],
    ['no+name=canary', 'has a query, which is not read. Write settings as keys.'],
  ])('is named, with what to write instead: %s', (query, expected) => {
    for (const url of [`redis://:canary@h?${query}`, `unix:///redis.sock?${query}`]) {
      const [message = '', ...others] = inToml(`url = "${url}"`);
      expect(others).toEqual([]);
      expect(message).toContain('stores.main.url: has ');
      expect(message).toContain(expected);
      expect(message).not.toContain('canary');
    }
  });

  it('is reported for each, in the syntax of the configuration', () => {
    expect(inToml('urls = ["redis://a?family=6&db=1", "redis://b?family=6"]')).toEqual([
      'stores.main.urls: has the parameter "family". Leave it out: addresses of both families are tried.',
      'stores.main.urls: has the parameter "db", which is not read. Write the key db instead.',
    ]);
    const stores = { main: { url: 'rediss://h?servername=x' } };
    expect(messagesOf(() => parseConfigObject({ stores, limiters }, { env: {} }))).toEqual([
      'stores.main.url: has the parameter "servername", which is not read. Write the key sslServername instead.',
    ]);
  });

  it('is not repeated when it may be a part of a password', () => {
    for (const url of ['redis://u:1?can&ary@h', 'redis://u:1#can@h?ary', 'unix:///s?can@ary']) {
      const messages = inToml(`url = "${url}"`).join();
      expect(messages).toMatch(/%3F|absolute path/);
      expect(messages).not.toMatch(/can|ary/);
    }
  });
});
