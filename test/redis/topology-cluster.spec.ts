import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StoreConfig } from '../../src/config/index.js';
import type { RateSync } from '../../src/runtime/rate-sync.js';
import { RedisStore } from '../../src/stores/redis/redis-store.js';
import { describeStoreContract } from '../../src/testing/index.js';
import { redisSettings } from '../support/redis-settings.js';
import { RedisCluster } from '../support/redis/redis-cluster.js';
import type { RedisServer } from '../support/redis/redis-server.js';
import { connectionsOf, strangers } from './topology-connections.js';
import { expectEveryOperation, works } from './topology-operations.js';
import { identifiersOn, oneOnEach, slotOfIdentifier } from './topology-slots.js';
import { closeSubjects, PATIENCE, rateSyncOver } from './topology-subject.js';

const PASSWORD = 'cluster-pw';

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await RedisCluster.start({ password: PASSWORD });
});
afterEach(closeSubjects);
afterAll(() => cluster.stop());

const node = (index: number): RedisServer => cluster.nodes[index]!;
const primaries = (): readonly RedisServer[] => cluster.nodes.slice(0, 3);
const replicas = (): readonly RedisServer[] => cluster.nodes.slice(3);

async function connected(store: StoreConfig = { urls: cluster.urls }): Promise<RateSync> {
  const rateSync = await rateSyncOver(store);
  await rateSync.check();
  return rateSync;
}

/** A decision on every primary. */
async function worksEverywhere(rateSync: RateSync): Promise<boolean> {
  const many = rateSync.limiters.get('many');
  const decisions = await Promise.all(oneOnEach(cluster).map((who) => many.consume(who)));
  return decisions.every(({ degraded }) => !degraded);
}

async function worksInTurn(rateSync: RateSync): Promise<boolean> {
  const many = rateSync.limiters.get('many');
  for (const who of oneOnEach(cluster)) if ((await many.consume(who)).degraded) return false;
  return true;
}

async function worksTogether(rateSync: RateSync): Promise<boolean> {
  const requests = oneOnEach(cluster).map((identifier) => ({ limiter: 'many', identifier }));
  const { decisions } = await rateSync.limiters.consumeAll(requests);
  return decisions.every(({ degraded }) => !degraded);
}

async function everyNode(...command: string[]): Promise<void> {
  for (const server of cluster.nodes) await server.command(...command);
}

describe('a cluster is found', () => {
  it.each<[string, () => StoreConfig]>([
    ['by all of its nodes', () => ({ urls: cluster.urls })],
    ['by one of its primaries', () => ({ url: node(1).url })],
    ['by one of its replicas', () => ({ url: node(5).url })],
    ['by its replicas', () => ({ urls: replicas().map(({ url }) => url) })],
    [
      'by one of its nodes, told that it is a cluster',
      () => ({ url: node(4).url, topology: 'cluster' }),
    ],
    ['by the name of a host', () => ({ url: node(0).url.replace('127.0.0.1', 'localhost') })],
    [
      'by one node that is there and others that are not',
      () => ({ urls: [...dead(), node(2).url] }),
    ],
    [
      'with the password by its key',
      () => ({ url: node(3).url.replace(`:${PASSWORD}@`, ''), password: PASSWORD }),
    ],
  ])('%s', async (_, store) => {
    const rateSync = await connected(store());
    expect(rateSync.listStores()).toMatchObject([{ topology: 'cluster' }]);
    for (let times = 0; times < 5; times += 1) await expectEveryOperation(rateSync);
    expect(await worksEverywhere(rateSync)).toBe(true);
  });

  it('by a first decision that comes before anything is known', async () => {
    const rateSync = await rateSyncOver({ url: node(4).url });
    const many = rateSync.limiters.get('many');
    const calls = Array.from({ length: 50 }, () => many.consume(randomUUID()));
    expect((await Promise.all(calls)).filter(({ degraded }) => degraded)).toEqual([]);
  });

  it('by a first decision over many slots that comes before anything is known', async () => {
    const rateSync = await rateSyncOver({ url: node(4).url });
    const requests = oneOnEach(cluster).map((identifier) => ({ limiter: 'bucket', identifier }));
    const { allowed, decisions } = await rateSync.limiters.consumeAll(requests);
    expect(allowed).toBe(true);
    expect(decisions.map(({ degraded }) => degraded)).toEqual([false, false, false]);
  });

  /** No server listens there. */
  function dead(): string[] {
    return [1, 2].map((port) => `redis://:${PASSWORD}@127.0.0.1:${String(port)}`);
  }
});

describe('a cluster is recognized at the start', () => {
  it.each([
    ['a wrong password', 'wrong', 'WRONGPASS'],
    ['no password', null, 'NOAUTH'],
  ])('%s', async (_, password, failureCode) => {
    const urls = cluster.urls.map((url) => url.replace(`:${PASSWORD}@`, ''));
    const rateSync = await rateSyncOver({ urls, ...(password === null ? {} : { password }) });
    await expect(rateSync.check()).rejects.toMatchObject({ kind: 'auth', failureCode });
  });

  it('a database that it does not have', async () => {
    const rateSync = await rateSyncOver({ url: node(0).url, db: 1 });
    await expect(rateSync.check()).rejects.toMatchObject({ storeId: 'main' });
  });

  it('a node whose password is set later is recognized as a cluster too', async () => {
    await setUser('off');
    const urls = [node(1).url.replace(`:${PASSWORD}@`, 'late:pw@')];
    const rateSync = await rateSyncOver({ urls });
    await expect(rateSync.check()).rejects.toMatchObject({ kind: 'auth' });
    await setUser('on');
    await expect.poll(() => worksEverywhere(rateSync), PATIENCE).toBe(true);
    expect(rateSync.listStores()).toMatchObject([{ topology: 'cluster' }]);
    for (let times = 0; times < 5; times += 1) await expectEveryOperation(rateSync);
  });

  it.each<[string, (rateSync: RateSync) => Promise<boolean>, number]>([
    ['one slot after the other', worksInTurn, 0],
    ['many slots at once', worksEverywhere, 0],
    ['many slots at once, of another seed', worksEverywhere, 1],
    ['many slots at once, of a third seed', worksEverywhere, 2],
    ['limits in many slots together', worksTogether, 0],
    ['limits in many slots together, of a third seed', worksTogether, 2],
  ])('a node that asks for a password no more is one of a cluster: %s', async (_, isWell, seed) => {
    const urls = [node(seed).url.replace(`:${PASSWORD}@`, '')];
    const rateSync = await rateSyncOver({ urls });
    await expect(rateSync.check()).rejects.toMatchObject({ kind: 'auth', failureCode: 'NOAUTH' });
    try {
      await everyNode('ACL', 'SETUSER', 'default', 'nopass');
      await expect.poll(() => isWell(rateSync), PATIENCE).toBe(true);
      expect(rateSync.listStores()).toMatchObject([{ topology: 'cluster' }]);
      expect(await worksTogether(rateSync)).toBe(true);
      await expectEveryOperation(rateSync);
    } finally {
      await everyNode('ACL', 'SETUSER', 'default', 'resetpass', `>${PASSWORD}`);
    }
  });

  async function setUser(state: 'on' | 'off'): Promise<void> {
    await everyNode('ACL', 'SETUSER', 'late', state, '>pw', '~rs:*', '+@all');
  }
});

describe('the nodes of a cluster are known', () => {
  afterEach(() => announce('', 'ip'));

  it.each([
    ['by the names of their hosts', 'localhost', 'hostname'],
    ['by no address at all', '', 'unknown-endpoint'],
  ])('%s', async (_, hostname, preferred) => {
    await announce(hostname, preferred);
    const rateSync = await connected({ url: node(4).url });
    expect(await worksEverywhere(rateSync)).toBe(true);
    for (let times = 0; times < 3; times += 1) await expectEveryOperation(rateSync);
    for (const primary of primaries()) expect(await connectionsOf(primary)).toHaveLength(1);
  });

  async function announce(hostname: string, preferred: string): Promise<void> {
    await everyNode('CONFIG', 'SET', 'cluster-announce-hostname', hostname);
    await everyNode('CONFIG', 'SET', 'cluster-preferred-endpoint-type', preferred);
    // Gossip informs the others.
    const named = preferred === 'hostname' ? cluster.nodes.length : 0;
    const counts = async (): Promise<number[]> => {
      const maps = await Promise.all(
        cluster.nodes.map((server) => server.command('CLUSTER', 'SLOTS')),
      );
      return maps.map((map) => (JSON.stringify(map).match(/\["localhost",/g) ?? []).length);
    };
    await expect.poll(counts, PATIENCE).toEqual(cluster.nodes.map(() => named));
  }
});

describe('the connections to a cluster', () => {
  it('are one to each primary, and none to replicas', async () => {
    const rateSync = await connected();
    const many = rateSync.limiters.get('many');
    const calls = Array.from({ length: 200 }, () => many.consume(randomUUID()));
    const during = Promise.all(primaries().map((server) => connectionsOf(server)));
    expect((await Promise.all(calls)).filter(({ degraded }) => degraded)).toEqual([]);
    expect((await during).map(({ length }) => length)).toEqual([1, 1, 1]);
    for (const replica of replicas()) {
      await expect.poll(() => connectionsOf(replica), PATIENCE).toEqual([]);
    }
    for (const primary of primaries()) expect(await connectionsOf(primary)).toHaveLength(1);
  });

  it('send almost only EVALSHA', async () => {
    for (const server of cluster.nodes) await server.command('CONFIG', 'RESETSTAT');
    const rateSync = await connected();
    for (let times = 0; times < 50; times += 1) expect(await worksEverywhere(rateSync)).toBe(true);
    const looks = await Promise.all(cluster.nodes.map((server) => server.info('commandstats')));
    const asked = looks.map((stats) => callsOf(stats['cmdstat_cluster|slots'])).reduce(sum);
    const decided = looks.map((stats) => callsOf(stats['cmdstat_evalsha'])).reduce(sum);
    expect(decided).toBeGreaterThanOrEqual(150);
    expect(asked).toBeLessThan(20);
  });

  const callsOf = (stats = ''): number => Number(/^calls=(\d+)/.exec(stats)?.[1] ?? 0);
  const sum = (one: number, other: number): number => one + other;

  it('are one to a primary that was named in two ways', async () => {
    const urls = [node(0).url, node(0).url.replace('127.0.0.1', 'localhost')];
    await connected({ urls });
    await expect.poll(() => connectionsOf(node(0)), PATIENCE).toHaveLength(1);
  });

  it('are closed with the limiters', async () => {
    const rateSync = await connected();
    expect(await worksEverywhere(rateSync)).toBe(true);
    await rateSync.close();
    for (const primary of primaries()) {
      await expect.poll(() => connectionsOf(primary), PATIENCE).toEqual([]);
    }
    expect((await strangers(node(3))).map(({ name }) => name)).not.toContain('rate-sync:main');
  });

  it('are none when it is closed at once', async () => {
    const rateSync = await rateSyncOver({ url: node(3).url });
    const checked = rateSync.check().catch((error: unknown) => error);
    const asked = rateSync.limiters.get('many').consume('somebody');
    await rateSync.close();
    await Promise.all([checked, asked]);
    for (const server of cluster.nodes) {
      await expect.poll(() => connectionsOf(server), PATIENCE).toEqual([]);
    }
    expect(await works(rateSync)).toBe(false);
  });

  it('are made again when they are lost', async () => {
    const rateSync = await connected();
    for (const primary of primaries()) {
      await primary.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    }
    await expect.poll(() => worksEverywhere(rateSync), PATIENCE).toBe(true);
    for (const primary of primaries()) expect(await connectionsOf(primary)).toHaveLength(1);
  });
});

describe('limits in several slots', () => {
  it('denied by one leaves the others untouched, after a moment', async () => {
    const rateSync = await connected();
    const [first, second, third] = oneOnEach(cluster);
    const bucket = rateSync.limiters.get('bucket');
    await bucket.consume(second, { cost: 3 });
    const requests = [first, second, third].map((identifier) => ({
      limiter: 'bucket',
      identifier,
    }));
    const denied = await rateSync.limiters.consumeAll(requests);
    expect(denied).toMatchObject({ allowed: false, deniedBy: 'bucket' });
    expect(denied.decisions.map(({ allowed, degraded }) => [allowed, degraded])).toEqual([
      [true, false],
      [false, false],
      [true, false],
    ]);
    for (const untouched of [first, third]) {
      await expect.poll(() => bucket.peek(untouched), PATIENCE).toMatchObject({ remaining: 3 });
    }
  });

  it.each(['bucket', 'window'])('take from all or none under races: %s', async (limiter) => {
    const [one, other] = await Promise.all([connected(), connected({ url: node(3).url })]);
    const identifiers = oneOnEach(cluster);
    const requests = identifiers.map((identifier) => ({ limiter, identifier }));
    const races = Array.from({ length: 10 }, () => [
      one.limiters.consumeAll(requests),
      other.limiters.consumeAll([...requests].reverse()),
    ]);
    const answers = await Promise.all(races.flat());
    const allowed = answers.filter((answer) => answer.allowed).length;
    expect(allowed).toBeLessThanOrEqual(3);
    expect(answers.flatMap(({ decisions }) => decisions).some(({ degraded }) => degraded)).toBe(
      false,
    );
    for (const identifier of identifiers) {
      const look = (): Promise<unknown> => one.limiters.get(limiter).peek(identifier);
      await expect.poll(look, PATIENCE).toMatchObject({ remaining: 3 - allowed });
    }
  });

  it('of one identifier are in one slot: a denial takes nothing, not even for a moment', async () => {
    const rateSync = await connected();
    for (let times = 0; times < 20; times += 1) {
      const identifier = randomUUID();
      await rateSync.limiters.get('window').consume(identifier, { cost: 3 });
      const requests = ['bucket', 'window', 'many'].map((limiter) => ({ limiter, identifier }));
      const [denied, look] = await Promise.all([
        rateSync.limiters.consumeAll(requests),
        rateSync.limiters.get('bucket').consume(identifier, { cost: 3 }),
      ]);
      expect(denied).toMatchObject({ allowed: false, deniedBy: 'window' });
      expect(look).toMatchObject({ allowed: true, remaining: 0 });
    }
  });

  it('any: the first that passes is taken, and no other', async () => {
    const rateSync = await connected();
    const identifiers = oneOnEach(cluster);
    const bucket = rateSync.limiters.get('bucket');
    await bucket.consume(identifiers[0], { cost: 3 });
    const requests = identifiers.map((identifier) => ({ limiter: 'bucket', identifier }));
    const answer = await rateSync.limiters.consumeAll(requests, { strategy: 'any' });
    expect(answer.allowed).toBe(true);
    const left = await Promise.all(identifiers.map((identifier) => bucket.peek(identifier)));
    expect(left.map(({ remaining }) => remaining)).toEqual([0, 2, 3]);
  });

  it('in a pipeline are decided in order, and none is lost', async () => {
    const rateSync = await connected();
    const identifiers = Array.from({ length: 100 }, () => randomUUID());
    expect(new Set(identifiers.map(slotOfIdentifier)).size).toBeGreaterThan(90);
    const pipeline = rateSync.limiters.pipeline();
    for (const identifier of identifiers) {
      for (let times = 0; times < 3; times += 1) pipeline.consume('bucket', identifier);
    }
    const decisions = await pipeline.execute();
    expect(decisions).toHaveLength(300);
    expect(decisions.map(({ remaining, degraded }) => [remaining, degraded])).toEqual(
      identifiers.flatMap(() => [
        [2, false],
        [1, false],
        [0, false],
      ]),
    );
  });

  it('keep their slots of concurrency on every primary', async () => {
    const rateSync = await connected();
    const jobs = rateSync.limiters.get('jobs');
    for (const identifier of primaries().flatMap((server) => identifiersOn(cluster, server, 1))) {
      const leases = await Promise.all([1, 2, 3].map(() => jobs.tryAcquire(identifier)));
      expect(leases.filter((lease) => lease !== null)).toHaveLength(2);
      for (const lease of leases) await lease?.release();
      expect(await jobs.peek(identifier)).toMatchObject({ remaining: 2 });
    }
  });

  it('work for a user with only the rights that a store needs', async () => {
    for (const server of cluster.nodes) {
      await server.command('ACL', 'SETUSER', 'limits', 'reset', 'on', '>s3cret', ...RULES);
      await server.command('ACL', 'LOG', 'RESET');
    }
    const urls = cluster.urls.map((url) => url.replace(`:${PASSWORD}@`, 'limits:s3cret@'));
    const rateSync = await connected({ urls });
    for (let times = 0; times < 5; times += 1) await expectEveryOperation(rateSync);
    for (const server of cluster.nodes) expect(await server.command('ACL', 'LOG')).toEqual([]);
    expect(await works(rateSync)).toBe(true);
  });
});

const RULES = [
  ...['~rs:*', '-@all', '+evalsha', '+eval', '+client|setname', '+cluster|slots', '+asking'],
  ...['+del', '+get', '+getrange', '+pexpire', '+set', '+setrange', '+time'],
  ...['+zadd', '+zcard', '+zcount', '+zrange', '+zrem', '+zremrangebyscore', '+zscore'],
];

const START_US = 1_790_000_000_000_000;

describeStoreContract('RedisStore over a cluster', { describe, it }, async () => {
  await Promise.all(primaries().map((server) => server.command('FLUSHALL')));
  let nowUs = START_US;
  const settings = redisSettings({ url: node(4).url, decisionTimeout: 5 });
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
