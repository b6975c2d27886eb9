import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRateSync } from '../../src/runtime/create-rate-sync.js';
import type { RateSync } from '../../src/runtime/rate-sync.js';
import { eventually } from '../support/http/eventually.js';
import { FaultProxy } from '../support/redis/fault-proxy.js';
import { RedisServer } from '../support/redis/redis-server.js';

/** Leases that outlast every test. */
const limiters = {
  slots: { maxConcurrent: 1, leaseSeconds: 3_600 },
  both: { ratePerSecond: 0.001, burst: 10, maxConcurrent: 1, leaseSeconds: 3_600 },
} as const;
const NAMES = ['slots', 'both'] as const;

let server: RedisServer;
let proxy: FaultProxy;
let rateSync: RateSync;
let beside: RateSync;

function open(url: string): Promise<RateSync> {
  const store = { url, decisionTimeout: 2, denyCacheSeconds: 0 };
  return createRateSync({ config: { stores: { main: store }, limiters }, env: {} });
}

beforeAll(async () => {
  server = await RedisServer.start();
  proxy = await FaultProxy.start(server.port);
  beside = await open(server.url);
});
beforeEach(async () => {
  await server.command('FLUSHALL');
  proxy.set('pass');
  rateSync = await open(`redis://127.0.0.1:${String(proxy.port)}`);
  await rateSync.check();
});
afterEach(() => rateSync.close());
afterAll(async () => {
  await beside.close();
  await proxy.close();
  await server.stop();
});

/** Expects that another caller gets the slot soon. */
async function expectFree(name: (typeof NAMES)[number]): Promise<void> {
  await eventually(async () => (await beside.limiters.get(name).tryAcquire('x')) !== null).toBe(
    true,
  );
}

describe.each(NAMES)(
  'D8: a slot of %s is released long before its lease would end, when',
  (name) => {
    it('the connection is reset before the release arrives', async () => {
      const lease = await rateSync.limiters.get(name).acquire('x');
      proxy.set('reset');
      await lease.release();
      proxy.set('pass');
      await expectFree(name);
    });

    it('the answer to the release is lost', async () => {
      const lease = await rateSync.limiters.get(name).acquire('x');
      proxy.dropReplies(1);
      await lease.release();
      await expectFree(name);
    });

    it('the answer to the acquire is lost with its connection', async () => {
      proxy.dropReplies(1);
      expect(await rateSync.limiters.get(name).acquire('x')).toMatchObject({ degraded: true });
      await expectFree(name);
    });

    it('the server is unreachable for a while', async () => {
      const lease = await rateSync.limiters.get(name).acquire('x');
      proxy.set('refuse');
      await lease.release();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      proxy.set('pass');
      await expectFree(name);
    });

    it('its process closes in that moment, if the connection is there again', async () => {
      const lease = await rateSync.limiters.get(name).acquire('x');
      proxy.set('reset');
      await lease.release();
      proxy.set('pass');
      await rateSync.check().catch(() => undefined);
      await eventually(() => rateSync.storeStatuses()[0]?.isUp).toBe(true);
      await rateSync.close();
      await expectFree(name);
    });
  },
);

describe('D8: units', () => {
  it('are released at most once, never resent', async () => {
    const limiter = rateSync.limiters.get('both');
    await limiter.consume('x', { cost: 5 });
    proxy.dropReplies(1);
    await limiter.refund('x', 2).catch(() => undefined);
    await eventually(async () => (await limiter.peek('x')).degraded).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await beside.limiters.get('both').peek('x')).remaining).toBe(7);
  });
});
