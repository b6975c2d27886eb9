import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisCluster } from '../support/redis/redis-cluster.js';
import { RespConnection } from '../support/redis/resp.js';

/** CRC16 of `a`, and of everything in braces around it, modulo 16384. */
const SLOT_OF_A = 15_495;

describe('a cluster of the harness', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start();
  });
  afterAll(() => cluster.stop());

  it('shares the slots out, and sends clients to the right node', async () => {
    expect(cluster.primaryOf(0)).toBe(cluster.nodes[0]);
    expect(cluster.primaryOf(SLOT_OF_A)).toBe(cluster.nodes[2]);
    expect(await cluster.nodes[2]?.command('SET', 'a', 1)).toBe('OK');
    const moved = `MOVED ${String(SLOT_OF_A)} 127.0.0.1:${String(cluster.nodes[2]?.port)}`;
    await expect(cluster.nodes[0]?.command('SET', 'a', 1)).rejects.toThrow(moved);
    expect(cluster.urls).toHaveLength(6);
  });

  it('answers ASK and TRYAGAIN while a slot moves, and MOVED afterwards', async () => {
    const [target, , source] = cluster.nodes;
    await source?.command('MSET', '{a}1', 1, '{a}2', 2);
    await cluster.migrateSlot(SLOT_OF_A, 2, 0, {
      movesFirst: (key) => key !== '{a}2',
      between: async () => {
        const ask = `ASK ${String(SLOT_OF_A)} 127.0.0.1:${String(target?.port)}`;
        await expect(source?.command('GET', 'a')).rejects.toThrow(ask);
        await expect(source?.command('SET', '{a}new', 1)).rejects.toThrow(ask);
        expect(await source?.command('GET', '{a}2')).toBe('2');
        const both = source?.command('MGET', '{a}1', '{a}2');
        await expect(both).rejects.toMatchObject({ code: 'TRYAGAIN' });
        await expect(target?.command('GET', 'a')).rejects.toMatchObject({ code: 'MOVED' });
        const asking = await RespConnection.open(target?.port ?? 0);
        await asking.command('ASKING');
        expect(await asking.command('GET', 'a')).toBe('1');
      },
    });
    expect(cluster.primaryOf(SLOT_OF_A)).toBe(target);
    expect(await target?.command('MGET', 'a', '{a}1', '{a}2')).toEqual(['1', '1', '2']);
    await expect(source?.command('GET', 'a')).rejects.toMatchObject({ code: 'MOVED' });
    await cluster.migrateSlot(SLOT_OF_A, 0, 2);
    expect(await source?.command('GET', '{a}2')).toBe('2');
  });

  it('refuses for a while when a primary dies, and then its replica takes over', async () => {
    await cluster.killPrimary(2);
    await cluster.failoverDone();
    expect(cluster.primaryOf(SLOT_OF_A)).toBe(cluster.nodes[5]);
    expect(await cluster.nodes[5]?.command('GET', 'a')).toBe('1');
    await cluster.nodes[2]?.restart();
    await cluster.ok();
    await expect.poll(() => cluster.nodes[2]?.info('replication')).toMatchObject({ role: 'slave' });
  });

  it('does the same when a primary only stops answering', async () => {
    cluster.nodes[0]?.pause();
    await cluster.failoverDone();
    expect(cluster.primaryOf(0)).toBe(cluster.nodes[3]);
    cluster.nodes[0]?.resume();
    await expect.poll(() => cluster.nodes[0]?.info('replication')).toMatchObject({ role: 'slave' });
  });
});

describe('a cluster with options', () => {
  it('asks for a password, and goes on without full coverage', async () => {
    const options = { replicas: 0, password: 'pw', requireFullCoverage: false } as const;
    const cluster = await RedisCluster.start({ ...options, nodeTimeoutMs: 500 });
    const anonymous = await RespConnection.open(cluster.nodes[2]?.port ?? 0);
    await expect(anonymous.command('GET', 'a')).rejects.toMatchObject({ code: 'NOAUTH' });
    await cluster.nodes[2]?.command('SET', 'a', 1);
    await cluster.migrateSlot(SLOT_OF_A, 2, 1, { holdMs: 50 });
    await cluster.killPrimary(0);
    await expect
      .poll(async () => String(await cluster.nodes[1]?.command('CLUSTER', 'INFO')), {
        timeout: 10_000,
      })
      .toMatch(/cluster_slots_fail:[1-9]/);
    expect(await cluster.nodes[1]?.command('GET', 'a')).toBe('1');
    await cluster.stop();
  });
});
