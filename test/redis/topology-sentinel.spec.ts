import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StoreConfig } from '../../src/config/index.js';
import { freePort } from '../support/redis/free-port.js';
import type { RedisServer } from '../support/redis/redis-server.js';
import { SentinelSet, type SentinelSetOptions } from '../support/redis/sentinel-set.js';
import { connectionsOf } from './topology-connections.js';
import { DecisionLoop } from './topology-loop.js';
import { expectEveryOperation, works } from './topology-operations.js';
import { watchOutput } from './topology-secrecy.js';
import { closeSubjects, PATIENCE, rateSyncOver } from './topology-subject.js';

const PASSWORDS = { password: 'data-pw', sentinelPassword: 'sentinel-pw' };

/** Within two seconds; as much again is for the machine. */
const SOON = { timeoutMs: 4_000 };

let set: SentinelSet;

function start(options: SentinelSetOptions = {}): () => Promise<void> {
  return async () => {
    set = await SentinelSet.start({ ...PASSWORDS, replicas: 1, ...options });
  };
}

async function stop(): Promise<void> {
  await closeSubjects();
  await set.stop();
}

const addressOf = ({ port }: RedisServer): string => `127.0.0.1:${String(port)}`;
const found = (): StoreConfig => ({ sentinels: set.sentinels.map(addressOf), ...PASSWORDS });

/** How often a server has run the script since it was started. */
async function scriptCalls(server: RedisServer): Promise<number> {
  const stats = await server.info('commandstats');
  const calls = ['cmdstat_evalsha', 'cmdstat_eval'].map((name) =>
    Number(/^calls=(\d+)/.exec(stats[name] ?? '')?.[1] ?? 0),
  );
  return calls.reduce((sum, count) => sum + count, 0);
}

describe('the master that sentinels name', () => {
  beforeEach(start());
  afterEach(stop);

  it('is found, by all sentinels and by any of them', async () => {
    const [first, ...others] = set.sentinels.map(addressOf);
    for (const sentinels of [[first ?? '', ...others], others, [others[1] ?? '']]) {
      const rateSync = await rateSyncOver({ ...found(), sentinels });
      await rateSync.check();
      await expectEveryOperation(rateSync);
      const address = `mymaster by ${sentinels.join(',')}`;
      expect(rateSync.listStores()).toMatchObject([{ topology: 'sentinel', address }]);
      expect(await connectionsOf(await set.master())).toHaveLength(1);
      await closeSubjects();
    }
    await expect.poll(async () => connectionsOf(await set.master()), PATIENCE).toEqual([]);
    for (const sentinel of set.sentinels) {
      const names = String(await sentinel.command('CLIENT', 'LIST')).match(/ name=\S+/g) ?? [];
      expect(names.filter((name) => name.includes('rate-sync'))).toEqual([]);
    }
  });

  it('is followed when it changes, and the old one receives no command when it returns', async () => {
    const rateSync = await rateSyncOver(found());
    await rateSync.check();
    const before = await set.master();
    const loop = DecisionLoop.start(() => rateSync.limiters.get('many').consume('somebody'));
    await loop.decided(5);

    await before.kill();
    const after = await set.promoted(before.port);
    await loop.decided(5, SOON);
    expect(await connectionsOf(after)).toHaveLength(1);

    await before.restart();
    await expect
      .poll(() => before.info('replication'), { timeout: 30_000, interval: 50 })
      .toMatchObject({ role: 'slave', master_link_status: 'up' });
    await loop.decided(20);
    const { degraded, reasons } = await loop.stop();
    expect(degraded).toBeGreaterThan(0);
    expect(reasons).toEqual(['fail_open']);
    await expectEveryOperation(rateSync);
    expect(await scriptCalls(before)).toBe(0);
    expect(await connectionsOf(before)).toEqual([]);
  });

  it('is followed when it only stops replying, and is not used when it replies again', async () => {
    const rateSync = await rateSyncOver({ ...found(), decisionTimeout: 0.25 });
    await rateSync.check();
    const before = await set.master();
    const loop = DecisionLoop.start(() => rateSync.limiters.get('many').consume('somebody'));
    await loop.decided(5);

    before.pause();
    const after = await set.promoted(before.port);
    await loop.decided(5, SOON);
    before.resume();
    await expect.poll(() => connectionsOf(before), PATIENCE).toEqual([]);
    const late = await scriptCalls(before);
    await loop.decided(20);
    await loop.stop();
    expect(await scriptCalls(before)).toBe(late);
    expect(await connectionsOf(after)).toHaveLength(1);
  });

  it('is followed when an operator changes it, with hardly a degraded decision', async () => {
    const rateSync = await rateSyncOver(found());
    await rateSync.check();
    const before = await set.master();
    const loop = DecisionLoop.start(() => rateSync.limiters.get('many').consume('somebody'));
    await loop.decided(5);
    await set.sentinels[0]?.command('SENTINEL', 'FAILOVER', set.masterName);
    const after = await set.promoted(before.port);
    await loop.decided(5, SOON);
    await expect.poll(() => connectionsOf(after), PATIENCE).toHaveLength(1);
    await loop.stop();
    expect(await scriptCalls(after)).toBeGreaterThan(0);
    await expectEveryOperation(rateSync);
  });

  it('is followed by a client of the application that looks for failovers, too', async () => {
    const client = new Redis({
      sentinels: set.sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
      name: set.masterName,
      failoverDetector: true,
      ...PASSWORDS,
    });
    try {
      const rateSync = await rateSyncOver({ client });
      await rateSync.check();
      const before = await set.master();
      await set.sentinels[0]?.command('SENTINEL', 'FAILOVER', set.masterName);
      const after = await set.promoted(before.port);
      const decides = async (): Promise<boolean> =>
        (await works(rateSync)) && (await scriptCalls(after)) > 0;
      await expect.poll(decides, PATIENCE).toBe(true);
      await expectEveryOperation(rateSync);
    } finally {
      client.disconnect();
    }
  });

  it('is found although a sentinel is dead and others never existed, without output', async () => {
    await set.sentinels[0]?.kill();
    const unusedPort = `127.0.0.1:${String(await freePort())}`;
    const sentinels = [unusedPort, 'sentinel.invalid:26379', ...set.sentinels.map(addressOf)];
    const output = watchOutput();
    try {
      const rateSync = await rateSyncOver({ ...found(), sentinels });
      await rateSync.check();
      await expectEveryOperation(rateSync);
      await rateSync.close();
    } finally {
      output.restore();
    }
    expect(output.text()).toBe('');
  });

  it('has no connection when the store is closed at once', async () => {
    const rateSync = await rateSyncOver(found());
    const asked = rateSync.limiters.get('many').consume('somebody');
    await rateSync.close();
    expect(await asked).toMatchObject({ degraded: expect.any(Boolean) as boolean });
    await expect.poll(async () => connectionsOf(await set.master()), PATIENCE).toEqual([]);
  });

  it('goes on without its sentinels', async () => {
    const rateSync = await rateSyncOver(found());
    await rateSync.check();
    await Promise.all(set.sentinels.map((sentinel) => sentinel.kill()));
    for (let times = 0; times < 5; times += 1) await expectEveryOperation(rateSync);
    expect(await works(rateSync)).toBe(true);
  });

  it('is found as soon as the sentinels are up', async () => {
    await Promise.all(set.sentinels.map((sentinel) => sentinel.kill()));
    const rateSync = await rateSyncOver(found());
    await expect(rateSync.check()).rejects.toMatchObject({ storeId: 'main', kind: 'connection' });
    expect(await works(rateSync)).toBe(false);
    await Promise.all(set.sentinels.map((sentinel) => sentinel.restart({ keepData: false })));
    const look = { timeout: 15_000, interval: 20 };
    await expect.poll(() => works(rateSync), look).toBe(true);
  });
});

describe('a start by sentinels that fails reports the cause', () => {
  beforeAll(start({ sentinels: 2, replicas: 0 }));
  afterEach(closeSubjects);
  afterAll(() => set.stop());

  it.each<[string, StoreConfig, object]>([
    ['the master has another name', { masterName: 'nobody' }, { failureCode: 'UNKNOWN_MASTER' }],
    [
      'the password of the sentinels is wrong',
      { sentinelPassword: 'Canary-7f3a!' },
      { kind: 'auth' },
    ],
    ['the password of the master is wrong', { password: 'Canary-7f3a!' }, { kind: 'auth' }],
  ])('%s', async (_, wrong, failure) => {
    const output = watchOutput();
    try {
      const rateSync = await rateSyncOver({ ...found(), ...wrong });
      const error: unknown = await rateSync.check().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ storeId: 'main', ...failure });
      expect(String(error)).not.toContain('Canary');
      expect(String(error)).toContain(addressOf(set.sentinels[0]!));
      expect(await works(rateSync)).toBe(false);
      await rateSync.close();
    } finally {
      output.restore();
    }
    expect(output.text()).toBe('');
  });

  it('the password of the sentinels is missing', async () => {
    const { sentinels } = found();
    const rateSync = await rateSyncOver({ sentinels, password: PASSWORDS.password });
    await expect(rateSync.check()).rejects.toMatchObject({
      kind: 'auth',
      failureCode: 'SENTINEL_NOAUTH',
    });
  });

  it('the password of the master is missing', async () => {
    const { sentinels } = found();
    const { sentinelPassword } = PASSWORDS;
    const rateSync = await rateSyncOver({ sentinels, sentinelPassword });
    await expect(rateSync.check()).rejects.toMatchObject({ kind: 'auth', failureCode: 'NOAUTH' });
  });

  it('a sentinel is configured as a server', async () => {
    const url = `redis://:${PASSWORDS.sentinelPassword}@${addressOf(set.sentinels[0]!)}`;
    const rateSync = await rateSyncOver({ url });
    await expect(rateSync.check()).rejects.toMatchObject({ storeId: 'main' });
    expect(await works(rateSync)).toBe(false);
  });

  it('a server is configured as a sentinel', async () => {
    const [master] = set.servers.map(addressOf);
    const { password } = PASSWORDS;
    const rateSync = await rateSyncOver({
      sentinels: [master ?? ''],
      password,
      sentinelPassword: password,
    });
    await expect(rateSync.check()).rejects.toMatchObject({ storeId: 'main' });
    expect(await works(rateSync)).toBe(false);
  });
});
