import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StoreConfig } from '../../src/config/index.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { makeTemporaryFolder } from '../support/redis/temporary-folder.js';
import { connectionsOf, strangers } from './topology-connections.js';
import { expectEveryOperation, works } from './topology-operations.js';
import { closeSubjects, open, PATIENCE, rateSyncOver } from './topology-subject.js';

const PASSWORD = 'p:w/@%ü d';

let server: RedisServer;
let guarded: RedisServer;
beforeAll(async () => {
  [server, guarded] = await Promise.all([
    RedisServer.start(),
    RedisServer.start({ password: PASSWORD }),
  ]);
});
afterEach(closeSubjects);
afterAll(() => Promise.all([server.stop(), guarded.stop()]));

/** Every key of a database that holds state: a probe leaves one for a second. */
async function keysOf(database = 0): Promise<string[]> {
  const connection = await server.connect();
  try {
    await connection.command('SELECT', database);
    const keys = await connection.command('KEYS', '*');
    const all = Array.isArray(keys) ? keys.map(String) : [];
    return all.filter((key) => !key.endsWith(':probe'));
  } finally {
    connection.close();
  }
}

describe('one server', () => {
  it.each([
    ['auto', undefined],
    ['single', 'single'],
  ] as const)('does everything when its topology is %s', async (_, topology) => {
    const rateSync = await rateSyncOver({ url: server.url, topology });
    await rateSync.check();
    await expectEveryOperation(rateSync);
  });

  it('is recognized: a single one, at an address without credentials', async () => {
    const rateSync = await rateSyncOver({ url: guarded.url });
    expect(rateSync.listStores()).toMatchObject([{ topology: 'auto' }]);
    await rateSync.check();
    const address = `127.0.0.1:${String(guarded.port)}`;
    expect(rateSync.listStores()).toEqual([
      { id: 'main', strategy: 'redis', topology: 'single', address },
    ]);
  });

  it('works without a check, which a first decision may come before', async () => {
    const rateSync = await rateSyncOver({ url: server.url });
    expect(await works(rateSync)).toBe(true);
  });

  it('is reached by a configuration file', async () => {
    const folder = await makeTemporaryFolder('topology');
    const file = join(folder.path, 'rate-sync.toml');
    await writeFile(file, TOML);
    const env = { REDIS_URL: server.url, REDIS_DB: '5' };
    const rateSync = await open({ config: file, env });
    await rateSync.check();
    const decision = await rateSync.limiters.get('login').consume('by file');
    expect(decision).toMatchObject({ reason: 'within_limit', limit: 2 });
    expect(await keysOf(5)).toHaveLength(1);
    await folder.remove();
  });
});

const TOML = `
[stores.main]
strategy = "redis"
url = "\${REDIS_URL}"
db = "\${REDIS_DB}"
decision_timeout = 3

[limiters.login]
store_id = "main"
algorithm = "sliding_window"
limit = 2
window_seconds = 60
`;

describe('the password of a server', () => {
  const without = (): string => `redis://127.0.0.1:${String(guarded.port)}`;

  it.each<[string, () => StoreConfig, Record<string, string>]>([
    ['the URL', () => ({ url: guarded.url }), {}],
    ['its key', () => ({ url: without(), password: PASSWORD }), {}],
    ['$REDIS_PASSWORD', () => ({ url: without() }), { REDIS_PASSWORD: PASSWORD }],
    [
      'its key rather than $REDIS_PASSWORD',
      () => ({ url: without(), password: PASSWORD }),
      { REDIS_PASSWORD: 'wrong' },
    ],
    ['the URL with the user "default"', () => ({ url: withUser() }), {}],
  ])('comes from %s', async (_, store, env) => {
    const rateSync = await rateSyncOver(store(), { env });
    await rateSync.check();
    expect(await works(rateSync)).toBe(true);
  });

  function withUser(): string {
    return guarded.url.replace('redis://:', 'redis://default:');
  }
});

describe('the keys of a server', () => {
  beforeAll(() => server.command('FLUSHALL'));
  afterEach(() => server.command('FLUSHALL'));

  const limited = async (store: StoreConfig, who = 'somebody'): Promise<void> => {
    const rateSync = await rateSyncOver(store);
    await rateSync.check();
    for (const limiter of ['bucket', 'window']) await rateSync.limiters.get(limiter).consume(who);
    await rateSync.limiters.get('jobs').tryAcquire(who);
  };

  it.each([
    ['its key', () => ({ url: server.url, db: 7 })],
    ['the URL', () => ({ url: `${server.url}/7` })],
  ])('are in the database of %s, and in no other', async (_, store) => {
    await limited(store());
    expect(await keysOf(7)).toHaveLength(3);
    expect(await keysOf(0)).toEqual([]);
    expect(await connectionsOf(server)).toMatchObject([{ db: '7' }]);
  });

  it('are in the same database again after the connection was lost', async () => {
    const rateSync = await rateSyncOver({ url: server.url, db: 7 });
    await rateSync.check();
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await expect.poll(() => works(rateSync), PATIENCE).toBe(true);
    await rateSync.limiters.get('bucket').consume('somebody');
    expect(await keysOf(0)).toEqual([]);
    expect(await keysOf(7)).toContainEqual(expect.stringContaining('bucket'));
  });

  it('do not exist when the server has no such database', async () => {
    const rateSync = await rateSyncOver({ url: server.url, db: 99 });
    await expect(rateSync.check()).rejects.toMatchObject({ storeId: 'main' });
    expect(await works(rateSync)).toBe(false);
    expect(await keysOf(0)).toEqual([]);
  });

  it('begin with the prefix and never hold the identifier', async () => {
    const who = 'alice@example.test';
    await limited({ url: server.url, keyPrefix: 'shop:limits' }, who);
    const keys = await keysOf();
    expect(keys).toHaveLength(3);
    for (const key of keys) {
      expect(key).toMatch(/^shop:limits:v1:\{[\w-]{22}\}(bucket:b|window:w|jobs:s)$/);
      expect(key).not.toContain(who);
    }
  });

  it('begin with "rs" by default', async () => {
    await limited({ url: server.url });
    for (const key of await keysOf()) expect(key).toMatch(/^rs:v1:\{/);
  });

  it('of two prefixes are independent', async () => {
    const [one, other] = await Promise.all(
      ['one', 'other'].map((keyPrefix) => rateSyncOver({ url: server.url, keyPrefix })),
    );
    expect(await one?.limiters.get('bucket').consume('x', { cost: 3 })).toMatchObject({
      remaining: 0,
    });
    expect(await other?.limiters.get('bucket').peek('x')).toMatchObject({ remaining: 3 });
  });

  it('are shared by stores of the same prefix', async () => {
    const [one, other] = await Promise.all([
      rateSyncOver({ url: server.url }),
      rateSyncOver({ url: server.url, topology: 'single' }),
    ]);
    await one.limiters.get('bucket').consume('x', { cost: 2 });
    expect(await other.limiters.get('bucket').peek('x')).toMatchObject({ remaining: 1 });
  });

  it('all expire', async () => {
    await limited({ url: server.url });
    for (const key of await keysOf()) {
      expect(Number(await server.command('PTTL', key))).toBeGreaterThan(0);
    }
  });
});

describe('the connections to a server', () => {
  it('are one, also under many requests at once', async () => {
    const rateSync = await rateSyncOver({ url: server.url });
    await rateSync.check();
    const many = rateSync.limiters.get('many');
    const calls = Array.from({ length: 200 }, () => many.consume(randomUUID()));
    const during = connectionsOf(server);
    const decisions = await Promise.all(calls);
    expect(decisions.filter(({ degraded }) => degraded)).toEqual([]);
    expect(await during).toHaveLength(1);
    expect(await strangers(server)).toMatchObject([{ name: 'rate-sync:main' }]);
  });

  it('are one for each store of a process', async () => {
    const stores = { first: { url: server.url }, second: { url: server.url, db: 1 } };
    const limiters = {
      one: { storeId: 'first', ratePerSecond: 1 },
      two: { storeId: 'second', ratePerSecond: 1 },
    };
    const rateSync = await open({ config: { stores, limiters }, env: {} });
    await rateSync.check();
    for (const [storeId, db] of [
      ['first', '0'],
      ['second', '1'],
    ] as const) {
      expect(await connectionsOf(server, storeId)).toMatchObject([{ db }]);
    }
  });

  it('are closed with the limiters', async () => {
    const rateSync = await rateSyncOver({ url: server.url });
    await rateSync.check();
    const calls = Array.from({ length: 20 }, () =>
      rateSync.limiters.get('many').consume(randomUUID()),
    );
    await rateSync.close();
    expect((await Promise.all(calls)).filter(({ degraded }) => degraded)).toEqual([]);
    await expect.poll(() => strangers(server), PATIENCE).toEqual([]);
    expect(await works(rateSync)).toBe(false);
  });

  it.each(['auto', 'single'] as const)(
    'are none when it is closed at once: %s',
    async (topology) => {
      const rateSync = await rateSyncOver({ url: server.url, topology });
      const checked = rateSync.check().catch((error: unknown) => error);
      const asked = rateSync.limiters.get('many').consume('somebody');
      await rateSync.close();
      await Promise.all([checked, asked]);
      await expect.poll(() => strangers(server), PATIENCE).toEqual([]);
      expect(await works(rateSync)).toBe(false);
      await expect(rateSync.check()).rejects.toMatchObject({ failureCode: 'CLOSED' });
    },
  );

  it('of one store are independent of another store', async () => {
    const [healthy, ill] = await Promise.all([
      rateSyncOver({ url: server.url }),
      rateSyncOver({ url: guarded.url }),
    ]);
    await Promise.all([healthy.check(), ill.check()]);
    await guarded.kill();
    await expect.poll(() => works(ill), PATIENCE).toBe(false);
    await expectEveryOperation(healthy);
    await guarded.restart();
    await expect.poll(() => works(ill), PATIENCE).toBe(true);
  });
});
