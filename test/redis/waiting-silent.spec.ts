import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRateSync } from '../../src/runtime/create-rate-sync.js';
import type { RateSync } from '../../src/runtime/rate-sync.js';
import { eventually } from '../support/http/eventually.js';
import { RedisServer } from '../support/redis/redis-server.js';

const limiters = {
  slots: { maxConcurrent: 1, leaseSeconds: 600, failClosed: true },
  bucket: { ratePerSecond: 0.001, burst: 1, failClosed: true },
  window: { algorithm: 'sliding_window', limit: 1, windowSeconds: 600, failClosed: true },
} as const;
const NAMES = ['slots', 'bucket', 'window'] as const;

let server: RedisServer;
let rateSync: RateSync;
beforeAll(async () => {
  server = await RedisServer.start();
});
beforeEach(async () => {
  await server.command('FLUSHALL');
  // A decision may take long: what ends an acquire earlier is its own time, or its signal.
  const store = { url: server.url, decisionTimeout: 20, socketTimeout: 30, denyCacheSeconds: 0 };
  rateSync = await createRateSync({ config: { stores: { main: store }, limiters }, env: {} });
  await rateSync.check();
});
afterEach(() => rateSync.close());
afterAll(() => server.stop());

describe.each(NAMES)('D9: while the server hangs, an acquire of %s', (name) => {
  it('ends within its own time, and a later grant is released', async () => {
    const limiter = rateSync.limiters.get(name);
    server.pause();
    try {
      await expect(limiter.acquire('x', { timeoutMs: 20 })).rejects.toMatchObject({
        code: 'RATE_SYNC_STORE_UNAVAILABLE',
      });
    } finally {
      server.resume();
    }
    await eventually(async () => (await limiter.peek('x')).remaining).toBe(1);
  }, 15_000);

  it('ends when its signal aborts, and a later grant is released', async () => {
    const limiter = rateSync.limiters.get(name);
    const controller = new AbortController();
    server.pause();
    try {
      const turn = limiter.acquire('x', { signal: controller.signal, timeoutMs: 60_000 });
      setTimeout(() => {
        controller.abort(new Error('gone'));
      }, 50);
      await expect(turn).rejects.toThrow('gone');
    } finally {
      server.resume();
    }
    await eventually(async () => (await limiter.peek('x')).remaining).toBe(1);
  }, 15_000);
});
