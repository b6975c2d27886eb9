import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../core/errors/index.js';
import type { StoreConfig } from '../config-object.js';
import { parseConfigObject, parseConfigText } from '../parse-config.js';

const client = { status: 'ready', evalsha: () => Promise.resolve() };
const limiters = { any: { ratePerSecond: 1 } };

function load(store: StoreConfig) {
  return parseConfigObject({ stores: { main: store }, limiters }, { env: {} }).stores[0];
}

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ path, message }) => `${path} ${message}`);
  }
  return [];
}

describe('a client that the application provides', () => {
  it('is the address of the store, and makes it a redis store', () => {
    expect(load({ client })).toMatchObject({
      strategy: 'redis',
      address: { topology: 'client', client },
    });
    expect(load({ strategy: 'redis', client, keyPrefix: 'app' })).toMatchObject({
      keyPrefix: 'app',
      address: { topology: 'client' },
    });
  });

  it('is the same object', () => {
    const store = load({ client });
    const isSame = store?.strategy === 'redis' && store.address.topology === 'client';
    expect(isSame && store.address.client).toBe(client);
  });

  it('has an address of its own', () => {
    expect(problemsOf(() => load({ client, url: 'redis://h', db: 3 }))).toEqual([
      'stores.main.url has no effect with a client, which has its own.',
      'stores.main.db has no effect with a client, which has its own.',
    ]);
  });

  it.each([['a string'], [{}], [null], [7]])('is refused when it is not a client: %j', (wrong) => {
    expect(problemsOf(() => load({ client: wrong as object }))).toEqual([
      'stores.main.client expected an ioredis client.',
    ]);
  });

  it('is not a key of a file', () => {
    const text =
      '[stores.main]\nclient = "x"\nurl = "redis://h"\n[limiters.any]\nrate_per_second = 1';
    expect(problemsOf(() => parseConfigText(text, { env: {} }))[0]).toMatch(
      /^stores\.main\.client unknown key/,
    );
  });
});
