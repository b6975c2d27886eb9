import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisCluster } from '../../support/redis/redis-cluster.js';
import { RedisServer } from '../../support/redis/redis-server.js';
import { examine, expectResult, storeOf } from './examine.js';
import { startGoBetween, type GoBetweenOptions } from './tcp-proxy.js';

let servers: readonly [RedisServer, RedisServer];
beforeAll(async () => {
  servers = [await RedisServer.start(), await RedisServer.start()];
});
afterAll(() => Promise.all(servers.map((server) => server.stop())));

async function examineBetween(options: Partial<GoBetweenOptions>) {
  const between = await startGoBetween({ ports: [servers[0].port], ...options });
  try {
    return await examine(storeOf(`url = "${between.url}"`));
  } finally {
    await between.close();
  }
}

describe('enforcement', () => {
  it('fails when two connections lead to two servers', async () => {
    const results = await examineBetween({ ports: servers.map(({ port }) => port) });
    const found = expectResult(results, 'enforcement', 'fail');
    expect(found.detail).toContain('20 of 20 calls');
    for (const server of servers) {
      await expect.poll(() => server.command('DBSIZE'), { timeout: 10_000 }).toBe(0);
    }
  });

  it('passes when both lead to one', async () => {
    expectResult(await examineBetween({}), 'enforcement', 'pass');
  });
});

describe('server-version', () => {
  it('fails for a server that says it is older than 6.2', async () => {
    const version = (await servers[0].info('server'))['redis_version'] ?? '';
    const old = '6.0.'.padEnd(version.length, '9');
    const rewrite = (reply: string) =>
      reply.replaceAll(`redis_version:${version}`, `redis_version:${old}`);
    const results = await examineBetween({ rewrite });
    expect(expectResult(results, 'server-version', 'fail').detail).toContain(old);
    expectResult(results, 'enforcement', 'skip');
  });
});

describe('clock', () => {
  it('warns of a server whose clock is far away, and of nothing else', async () => {
    // Seconds since 1970 have ten digits, and begin with 1 until 2033.
    const rewrite = (reply: string) => reply.replace(/^(\*2\r\n\$10\r\n)\d\d/, '$119');
    const results = await examineBetween({ rewrite });
    expect(expectResult(results, 'clock', 'warn').detail).toContain('ahead of');
    expectResult(await examineBetween({}), 'clock', 'pass');
  });
});

describe('topology', () => {
  it('fails for several servers that are no cluster', async () => {
    const urls = servers.map(({ url }) => `"${url}"`).join(', ');
    const found = expectResult(await examine(storeOf(`urls = [${urls}]`)), 'topology', 'fail');
    expect(found.detail).toContain('no cluster');
  });

  it('fails for slots that nobody serves in a cluster that goes on without them', async () => {
    const cluster = await RedisCluster.start({ replicas: 0, requireFullCoverage: false });
    try {
      await cluster.killPrimary(1);
      const [first] = cluster.nodes;
      await expect
        .poll(async () => String(await first?.command('CLUSTER', 'INFO')), { timeout: 20_000 })
        .toMatch(/cluster_slots_fail:[1-9]/);
      const results = await examine(storeOf(`url = "${first?.url ?? ''}"`));
      expect(expectResult(results, 'topology', 'fail').detail).toContain('served by nobody');
    } finally {
      await cluster.stop();
    }
  });
});
