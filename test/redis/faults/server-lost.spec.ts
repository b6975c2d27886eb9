import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRateSync } from '../../../src/runtime/create-rate-sync.js';
import { waitUntil } from '../../support/redis/wait-until.js';
import { between, having, within } from './answers.js';
import { calm, endure, expectBack } from './soak.js';
import {
  expectCounted,
  expectHonest,
  expectLogged,
  expectWithinLimit,
  GONE,
} from './expectations.js';
import { unhandled } from './fault-app.js';
import { heapUsedMb } from './heap.js';
import { aServer, setUp } from './fixture.js';

describe.concurrent('a server that is gone', () => {
  it('F01: killed, and back empty 3 s later', async (test) => {
    const limit = 30;
    const { server, app, secret } = await setUp(test, {
      name: 'f01',
      isDirect: true,
      limiter: { limit },
    });
    const { answers, beganMs, endedMs } = await endure(app, {
      begin: () => server.kill(),
      end: () => server.restart(),
      load: { callers: 2, perSecond: 60 },
    });
    expectWithinLimit(within(answers, 0, beganMs), limit);
    expectWithinLimit(between(answers, endedMs), limit);
    expectLogged(app, ['connection/ECONNREFUSED'], secret);
    // Every degraded answer was told to the observers, and none twice.
    const told = [...app.witness.degraded.values()].reduce((sum, count) => sum + count, 0);
    expect(told).toBe(having(answers, 'degraded').length);
  });

  it('F01: killed while slots are held and waited for', async (test) => {
    const server = await aServer(test);
    const slots = { maxConcurrent: 1, leaseSeconds: 2 };
    const rateSync = await createRateSync({
      env: {},
      config: {
        stores: { main: { strategy: 'redis', url: server.url } },
        limiters: { open: slots, closed: { ...slots, failClosed: true } },
      },
    });
    test.onTestFinished(() => rateSync.close());
    await rateSync.check();
    const [open, closed] = [rateSync.limiters.get('open'), rateSync.limiters.get('closed')];
    const held = [await open.acquire('ada'), await closed.acquire('ada')];
    const waiting = closed.acquire('ada', { timeoutMs: 20_000 }).then(String, String);
    await sleep(50);
    await server.kill();
    expect(await waiting).toContain('RATE_SYNC_STORE_UNAVAILABLE');
    for (const lease of held) await lease.release();
    await expect(closed.acquire('ada')).rejects.toThrow('RATE_SYNC_STORE_UNAVAILABLE');
    await (await open.acquire('ada')).release();
    await server.restart();
    await waitUntil('the store to be back', async () => !(await open.peek('ada')).degraded);
    const again = await closed.acquire('ada', { timeoutMs: 20_000 });
    expect(await closed.tryAcquire('ada')).toBeNull();
    await again.release();
    expect(unhandled).toEqual([]);
  });

  it('F02: dead for 12 s and asked 300 times per second: few attempts to connect, no growing memory', async (test) => {
    const { server, proxy, app, secret } = await setUp(test, { name: 'f02' });
    let heapMb = 0;
    let attempts = 0;
    await endure(app, {
      begin: async () => {
        await server.kill();
        await sleep(2_000);
        [heapMb, attempts] = [heapUsedMb(), proxy.totalConnections];
        for (let round = 0; round < 100; round += 1) {
          const asked = Array.from({ length: 30 }, () => app.ask('open', 'ada'));
          expect((await Promise.all(asked)).every(({ degraded }) => degraded)).toBe(true);
          await sleep(100);
        }
      },
      end: async () => {
        expect(heapUsedMb() - heapMb).toBeLessThan(20);
        expect(proxy.totalConnections - attempts).toBeGreaterThan(5);
        expect(proxy.totalConnections - attempts).toBeLessThanOrEqual(24);
        await server.restart();
      },
      load: { perSecond: 10 },
    });
    expectLogged(app, GONE, secret);
  });

  it('F05: restarted in 50 ms', async (test) => {
    const { server, app, secret } = await setUp(test, { name: 'f05', isDirect: true });
    const load = app.load();
    await calm(load);
    const beganMs = performance.now();
    await server.restart({ delayMs: 50 });
    const endedMs = performance.now();
    await calm(load);
    const answers = await load.stop();
    expectHonest(answers);
    expect(having(between(answers, beganMs), 'degraded').length).toBeGreaterThan(0);
    expectBack(load, endedMs);
    expectLogged(app, GONE, secret);
  });

  it('F24: refused', async (test) => {
    const { proxy, app, secret } = await setUp(test, { name: 'f24' });
    const { answers, beganMs } = await endure(app, {
      begin: () => {
        proxy.set('refuse');
      },
      end: () => {
        proxy.set('pass');
      },
    });
    await expectCounted(app, answers, beganMs);
    expectLogged(app, ['connection/ECONNREFUSED'], secret);
  });
});
