import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LimiterConfig, StoreConfig } from '../../src/config/index.js';
import { createRateSync } from '../../src/runtime/create-rate-sync.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { waitUntil } from '../support/redis/wait-until.js';

const WAITERS = 10_000;

const LIMITERS: Record<string, LimiterConfig> = {
  bucket: { ratePerSecond: 1, burst: 5 },
  window: { algorithm: 'sliding_window', limit: 5, windowSeconds: 5 },
};

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

/** When the signal aborts: before the first answer, between answers, or while all wait. */
const MOMENTS = [
  ['before the first answer', 0],
  ['between the answers', 30],
  ['while all of them wait', 4_000],
] as const;

describe.each(['memory', 'redis'])(
  '10,000 acquires in a %s store that one signal aborts',
  (strategy) => {
    describe.each(Object.keys(LIMITERS))('under a %s', (limiterId) => {
      it.for(MOMENTS)('D3: leave no reservation: %s', async ([, afterMs], test) => {
        if (strategy === 'redis') await server.command('FLUSHALL');
        const store: StoreConfig =
          strategy === 'redis' ? { url: server.url, decisionTimeout: 30 } : { strategy: 'memory' };
        const rateSync = await createRateSync({
          config: { stores: { main: store }, limiters: LIMITERS },
          env: {},
        });
        test.onTestFinished(() => rateSync.close());
        await rateSync.check();
        const limiter = rateSync.limiters.get(limiterId);
        const stop = new AbortController();
        const timeoutMs = 80_000_000;
        const waiting = Array.from({ length: WAITERS }, () =>
          limiter.acquire('ada', { timeoutMs, signal: stop.signal }),
        );
        const ends = Promise.allSettled(waiting);
        setTimeout(() => {
          stop.abort(new Error('enough'));
        }, afterMs);
        await ends;
        // What passed before the abort is used up for some seconds, and nothing more is.
        await waitUntil('what was reserved to be back', async () => {
          const { resetAfterMs } = await limiter.peek('ada');
          return resetAfterMs <= 5_000 + afterMs;
        });
        const later = await limiter.acquire('ada', { timeoutMs: 20_000 });
        expect(later.waitedMs).toBeLessThan(20_000);
      });
    });
  },
);
