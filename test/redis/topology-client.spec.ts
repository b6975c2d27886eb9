import { randomUUID } from 'node:crypto';
import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RedisStore } from '../../src/stores/redis/redis-store.js';
import { describeStoreContract } from '../../src/testing/index.js';
import { redisSettings } from '../support/redis-settings.js';
import { RedisCluster } from '../support/redis/redis-cluster.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { DecisionLoop } from './topology-loop.js';
import { expectEveryOperation, works } from './topology-operations.js';
import { oneOnEach, slotOfIdentifier } from './topology-slots.js';
import { closeSubjects, PATIENCE, rateSyncOver } from './topology-subject.js';

type Client = Redis | Cluster;

const PASSWORD = 'client-pw';
const EVENTS = ['connect', 'ready', 'close', 'end', 'error', 'reconnecting', 'sentinelError'];

let server: RedisServer;
let cluster: RedisCluster;
const clients: Client[] = [];
beforeAll(async () => {
  [server, cluster] = await Promise.all([
    RedisServer.start({ password: PASSWORD }),
    RedisCluster.start({ replicas: 0, password: PASSWORD }),
  ]);
});
afterEach(async () => {
  await closeSubjects();
  for (const client of clients.splice(0)) client.disconnect();
});
afterAll(() => Promise.all([server.stop(), cluster.stop()]));

/** What only ioredis 6 declares. */
interface ProtocolOption {
  readonly protocol?: 2 | 3;
}

/** A client of an application. */
function aRedis(options: Omit<RedisOptions, 'replyMapping'> & ProtocolOption = {}): Redis {
  const client = new Redis({ port: server.port, password: PASSWORD, ...options });
  clients.push(client);
  return client;
}

interface ClusterWishes extends Pick<ClusterOptions, 'enableAutoPipelining' | 'lazyConnect'> {
  readonly protocol?: 2 | 3;
  readonly scaleReads?: 'slave';
}

function aCluster({ protocol = 3, ...options }: ClusterWishes = {}): Cluster {
  const nodes = cluster.nodes.slice(0, 1).map(({ port }) => ({ host: '127.0.0.1', port }));
  const redisOptions = { password: PASSWORD, protocol };
  const client = new Cluster(nodes, { ...options, redisOptions });
  clients.push(client);
  return client;
}

function listenersOf(client: Client): Record<string, number> {
  return Object.fromEntries(EVENTS.map((event) => [event, client.listenerCount(event)]));
}

async function isReady(client: Client): Promise<void> {
  await expect.poll(() => client.status, PATIENCE).toBe('ready');
}

const KINDS: readonly (readonly [string, () => Client])[] = [
  ['Redis', () => aRedis()],
  ['Redis of protocol 2', () => aRedis({ protocol: 2 })],
  ['Redis of protocol 3', () => aRedis({ protocol: 3 })],
  ['Redis with automatic pipelining', () => aRedis({ enableAutoPipelining: true })],
  ['Redis with a prefix of its own', () => aRedis({ keyPrefix: 'app:' })],
  ['Redis that returns numbers as strings', () => aRedis({ stringNumbers: true })],
  ['Redis without an offline queue', () => aRedis({ enableOfflineQueue: false })],
  ['Redis in another database', () => aRedis({ db: 4 })],
  ['Cluster', () => aCluster()],
  ['Cluster of protocol 2', () => aCluster({ protocol: 2 })],
  ['Cluster of protocol 3', () => aCluster({ protocol: 3 })],
  ['Cluster with automatic pipelining', () => aCluster({ enableAutoPipelining: true })],
  ['Cluster that reads from replicas', () => aCluster({ scaleReads: 'slave' })],
];

describe.each(KINDS)("an application's own client: %s", (_, make) => {
  it('does everything when it is connected', async () => {
    const client = make();
    await isReady(client);
    const rateSync = await rateSyncOver({ client });
    await rateSync.check();
    for (let times = 0; times < 3; times += 1) await expectEveryOperation(rateSync);
    expect(rateSync.listStores()).toEqual([
      { id: 'main', strategy: 'redis', topology: 'client', address: null },
    ]);
  });

  it('does everything when it is still connecting', async () => {
    const rateSync = await rateSyncOver({ client: make() });
    await rateSync.check();
    await expectEveryOperation(rateSync);
  });

  it('is not closed with the store, and has no listeners of it left', async () => {
    const client = make();
    await isReady(client);
    const before = listenersOf(client);
    const rateSync = await rateSyncOver({ client });
    await rateSync.check();
    expect(listenersOf(client)).not.toEqual(before);
    await rateSync.close();
    expect(listenersOf(client)).toEqual(before);
    expect(client.status).toBe('ready');
    expect(await client.set(randomUUID(), 'still here', 'PX', 1_000)).toBe('OK');
    expect(await works(rateSync)).toBe(false);
  });
});

describe.each<[string, () => Client]>([
  ['Redis', () => aRedis({ lazyConnect: true })],
  ['Cluster', () => aCluster({ lazyConnect: true })],
])('a client with lazyConnect: %s', (_, make) => {
  it('is connected by the store', async () => {
    const rateSync = await rateSyncOver({ client: make() });
    await rateSync.check();
    await expectEveryOperation(rateSync);
  });
});

describe('a client that loses its connection', () => {
  it.each<[string, () => Client, () => readonly RedisServer[]]>([
    ['Redis', () => aRedis(), () => [server]],
    ['Redis that reconnects late', () => aRedis({ retryStrategy: () => 500 }), () => [server]],
    ['Cluster', () => aCluster(), () => cluster.nodes],
  ])('works again when it is back: %s', async (_, make, servers) => {
    const client = make();
    const rateSync = await rateSyncOver({ client });
    await rateSync.check();
    const loop = DecisionLoop.start(() => rateSync.limiters.get('many').consume(randomUUID()));
    await loop.decided(10);
    for (const each of servers()) {
      await each.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    }
    await loop.decided(10);
    await loop.stop();
    await expect.poll(() => works(rateSync), PATIENCE).toBe(true);
    await expectEveryOperation(rateSync);
  });

  it('works again after the server was restarted', async () => {
    const client = aRedis();
    client.on('error', () => undefined);
    const rateSync = await rateSyncOver({ client, decisionTimeout: 0.5 });
    await rateSync.check();
    await server.kill();
    await expect.poll(() => works(rateSync), PATIENCE).toBe(false);
    await server.restart();
    await expect.poll(() => works(rateSync), PATIENCE).toBe(true);
    await expectEveryOperation(rateSync);
  });

  it('works again after the application closed it and reconnected', async () => {
    const client = aRedis();
    const rateSync = await rateSyncOver({ client });
    await rateSync.check();
    client.disconnect();
    await expect.poll(() => works(rateSync), PATIENCE).toBe(false);
    await client.connect();
    await expect.poll(() => works(rateSync), PATIENCE).toBe(true);
  });
});

describe('a client that cannot be used', () => {
  it('was closed before: reported at once', async () => {
    const client = aRedis();
    await isReady(client);
    client.disconnect();
    await expect.poll(() => client.status, PATIENCE).toBe('end');
    const rateSync = await rateSyncOver({ client });
    const start = performance.now();
    await expect(rateSync.check()).rejects.toMatchObject({ storeId: 'main', kind: 'connection' });
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(await works(rateSync)).toBe(false);
  });

  it('has the wrong password', async () => {
    const client = aRedis({ password: 'Canary-7f3a!', retryStrategy: () => 100 });
    client.on('error', () => undefined);
    const rateSync = await rateSyncOver({ client });
    await expect(rateSync.check()).rejects.toMatchObject({
      kind: 'auth',
      failureCode: 'WRONGPASS',
    });
    expect(await works(rateSync)).toBe(false);
  });

  it('is not a client', async () => {
    const opening = rateSyncOver({ client: { get: () => null } });
    await expect(opening).rejects.toThrow(/RATE_SYNC_.*ioredis/s);
  });
});

describe('stores that share a client', () => {
  it('are unaffected when one of them is closed', async () => {
    const client = aRedis();
    const [one, other] = await Promise.all(
      ['one', 'other'].map((keyPrefix) => rateSyncOver({ client, keyPrefix })),
    );
    await one!.limiters.get('bucket').consume('x', { cost: 3 });
    expect(await other!.limiters.get('bucket').peek('x')).toMatchObject({ remaining: 3 });
    await one!.close();
    await expectEveryOperation(other!);
  });
});

describe('a Cluster of the application', () => {
  it('costs no decision while a hash slot moves', async () => {
    const rateSync = await rateSyncOver({ client: aCluster() });
    await rateSync.check();
    const [, who] = oneOnEach(cluster);
    const loop = DecisionLoop.start(() => rateSync.limiters.get('many').consume(who));
    await loop.decided(10);
    await cluster.migrateSlot(slotOfIdentifier(who), 1, 2, { holdMs: 100 });
    await loop.decided(10);
    await cluster.migrateSlot(slotOfIdentifier(who), 2, 1);
    await loop.decided(10);
    expect(await loop.stop()).toMatchObject({ degraded: 0 });
  });

  it('takes limits in several hash slots together, and releases them when another denies', async () => {
    const rateSync = await rateSyncOver({ client: aCluster() });
    const bucket = rateSync.limiters.get('bucket');
    const [first, second, third] = oneOnEach(cluster);
    const requests = [first, second, third].map((identifier) => ({
      limiter: 'bucket',
      identifier,
    }));
    expect(await rateSync.limiters.consumeAll(requests)).toMatchObject({ allowed: true });
    await bucket.consume(second, { cost: 2 });
    expect(await rateSync.limiters.consumeAll(requests)).toMatchObject({ allowed: false });
    for (const untouched of [first, third]) {
      await expect.poll(() => bucket.peek(untouched), PATIENCE).toMatchObject({ remaining: 2 });
    }
  });

  it('decides a long pipeline over many hash slots', async () => {
    const rateSync = await rateSyncOver({ client: aCluster() });
    const pipeline = rateSync.limiters.pipeline();
    for (let count = 0; count < 300; count += 1) pipeline.consume('bucket', randomUUID());
    const decisions = await pipeline.execute();
    expect(decisions.filter(({ remaining, degraded }) => remaining !== 2 || degraded)).toEqual([]);
  });
});

const START_US = 1_790_000_000_000_000;

describe.each<[string, () => Client, () => readonly RedisServer[]]>([
  ['Redis', () => aRedis(), () => [server]],
  ['Cluster', () => aCluster(), () => cluster.nodes],
])('%s', (name, make, servers) => {
  let shared: Client | undefined;
  afterAll(() => shared?.disconnect());

  describeStoreContract(`RedisStore over a client, ${name},`, { describe, it }, async () => {
    await Promise.all(servers().map((each) => each.command('FLUSHALL')));
    if (shared === undefined) {
      shared = make();
      clients.splice(0);
    }
    let nowUs = START_US;
    const settings = redisSettings({ client: shared, decisionTimeout: 5 });
    const store = new RedisStore(settings, { nowUs: () => nowUs });
    await store.check();
    return {
      store,
      advance: (byMs) => {
        nowUs += byMs * 1_000;
      },
      close: () => store.close(),
    };
  });
});
