import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisCluster } from '../../support/redis/redis-cluster.js';
import { RedisServer } from '../../support/redis/redis-server.js';
import { examine, expectResult, storeOf } from './examine.js';
import { startTcpProxy, type TcpProxyOptions } from './tcp-proxy.js';

let servers: readonly [RedisServer, RedisServer];
beforeAll(async () => {
  servers = [await RedisServer.start(), await RedisServer.start()];
});
afterAll(() => Promise.all(servers.map((server) => server.stop())));

async function examineThroughProxy(options: Partial<TcpProxyOptions>) {
  const proxy = await startTcpProxy({ ports: [servers[0].port], ...options });
  try {
    return await examine(storeOf(`url = "${proxy.url}"`));
  } finally {
    await proxy.close();
  }
}

describe('enforcement', () => {
  it('fails when two connections lead to two servers', async () => {
    const results = await examineThroughProxy({ ports: servers.map(({ port }) => port) });
    const found = expectResult(results, 'enforcement', 'fail');
    expect(found.detail).toContain('20 of 20 calls');
    for (const server of servers) {
      await expect.poll(() => server.command('DBSIZE'), { timeout: 10_000 }).toBe(0);
    }
  });

  it('passes when both lead to one', async () => {
    expectResult(await examineThroughProxy({}), 'enforcement', 'pass');
  });
});

describe('server-version', () => {
  it('fails for a server that reports a version below 6.2', async () => {
    const version = (await servers[0].info('server'))['redis_version'] ?? '';
    const old = '6.0.'.padEnd(version.length, '9');
    const rewrite = (reply: string) =>
      reply.replaceAll(`redis_version:${version}`, `redis_version:${old}`);
    const results = await examineThroughProxy({ rewrite });
    expect(expectResult(results, 'server-version', 'fail').detail).toContain(old);
    expectResult(results, 'enforcement', 'skip');
  });
});

describe('clock', () => {
  it('warns only of a server whose clock is far off', async () => {
    // Seconds since 1970 have ten digits, and begin with 1 until 2033.
    const rewrite = (reply: string) => reply.replace(/^(\*2\r\n\$10\r\n)\d\d/, '$119');
    const results = await examineThroughProxy({ rewrite });
    expect(expectResult(results, 'clock', 'warn').detail).toContain('ahead of');
    expectResult(await examineThroughProxy({}), 'clock', 'pass');
  });
});

describe('topology', () => {
  it('fails for several servers that are no cluster', async () => {
    const urls = servers.map(({ url }) => `"${url}"`).join(', ');
    const found = expectResult(await examine(storeOf(`urls = [${urls}]`)), 'topology', 'fail');
    expect(found.detail).toContain('no cluster');
  });

  it('fails for hash slots that are not served in a cluster without full coverage', async () => {
    const cluster = await RedisCluster.start({ replicas: 0, requireFullCoverage: false });
    try {
      await cluster.killPrimary(1);
      const [first] = cluster.nodes;
      await expect
        .poll(async () => String(await first?.command('CLUSTER', 'INFO')), { timeout: 20_000 })
        .toMatch(/cluster_slots_fail:[1-9]/);
      const results = await examine(storeOf(`url = "${first?.url ?? ''}"`));
      expect(expectResult(results, 'topology', 'fail').detail).toContain('are not served');
    } finally {
      await cluster.stop();
    }
  });
});
