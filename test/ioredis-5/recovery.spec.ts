import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectEveryOperation, works } from '../redis/topology-operations.js';
import { closeSubjects, PATIENCE, rateSyncOver } from '../redis/topology-subject.js';
import { FaultProxy } from '../support/redis/fault-proxy.js';
import { RedisServer } from '../support/redis/redis-server.js';

let server: RedisServer;
let proxy: FaultProxy;
beforeAll(async () => {
  server = await RedisServer.start();
  proxy = await FaultProxy.start(server.port);
});
afterEach(async () => {
  proxy.set('pass');
  await closeSubjects();
});
afterAll(async () => {
  await proxy.close();
  await server.stop();
});

describe('with ioredis 5', () => {
  it('is what these tests run on', () => {
    // Version 6 speaks more than one protocol.
    expect(new Redis({ lazyConnect: true }).options).not.toHaveProperty('protocol');
  });

  // It says `ready` of a connection whose greeting was never answered and that is gone by then.
  it.for(['stall', 'blackhole'] as const)('a greeting that is not answered: %s', async (mode) => {
    proxy.set(mode);
    const store = { url: `redis://127.0.0.1:${String(proxy.port)}`, socketConnectTimeout: 0.3 };
    const rateSync = await rateSyncOver(store);
    await expect(rateSync.check()).rejects.toThrow('RATE_SYNC_STORE_UNAVAILABLE');
    const before = proxy.totalConnections;
    await expect.poll(() => proxy.totalConnections, PATIENCE).toBeGreaterThan(before);
    proxy.set('pass');
    await expect.poll(() => works(rateSync), PATIENCE).toBe(true);
    await expectEveryOperation(rateSync);
  });
});
