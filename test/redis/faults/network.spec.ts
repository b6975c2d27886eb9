import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../support/redis/wait-until.js';
import { between, having, shareOf } from './answers.js';
import { calm, endure, expectBack } from './soak.js';
import { expectCounted, expectHonest, expectLogged, GONE, SILENT } from './expectations.js';
import { setUp } from './fixture.js';

describe.concurrent('a network that breaks', () => {
  it('F20: loses everything for 3 s, and the connections of that time forever', async (test) => {
    const { proxy, app, secret } = await setUp(test, { name: 'f20' });
    const { answers, beganMs } = await endure(app, {
      begin: () => {
        proxy.set('blackhole');
      },
      end: () => {
        proxy.set('pass');
      },
    });
    await expectCounted(app, answers, beganMs);
    expectLogged(app, SILENT, secret);
  });

  it('F20: forgets a connection, and is well otherwise', async (test) => {
    const { proxy, app, secret } = await setUp(test, { name: 'f20-half-open' });
    const load = app.load();
    await calm(load);
    const lostMs = performance.now();
    proxy.set('blackhole');
    proxy.set('pass');
    await waitUntil('the connection to be given up', () => proxy.totalConnections > 1);
    await calm(load);
    const answers = await load.stop();
    expectHonest(answers);
    expect(having(answers, 'degraded').length).toBeGreaterThan(0);
    const back = between(having(answers, 'degraded'), lostMs + 4_500);
    expect(back.length).toBeLessThan(10);
    await expectCounted(app, answers, lostMs);
    expectLogged(app, SILENT, secret);
  });

  it('F22: resets every connection for 5 s: few are made', async (test) => {
    const { proxy, app, secret } = await setUp(test, { name: 'f22' });
    const { answers, beganMs } = await endure(app, {
      begin: () => {
        proxy.set('reset');
      },
      end: () => {
        proxy.set('pass');
      },
      lastsMs: 5_000,
    });
    expect(proxy.totalConnections).toBeLessThanOrEqual(20);
    await expectCounted(app, answers, beganMs);
    expectLogged(app, GONE, secret);
  });

  it('F23: loses a reply and its connection every half second, for 5 s', async (test) => {
    const { proxy, app, secret } = await setUp(test, { name: 'f23' });
    const load = app.load();
    await calm(load);
    const beganMs = performance.now();
    for (let loss = 0; loss < 10; loss += 1) {
      proxy.dropReplies(1);
      await sleep(500);
    }
    const endedMs = performance.now();
    await calm(load);
    const answers = await load.stop();
    expectHonest(answers);
    expect(shareOf(between(answers, beganMs, endedMs), 'degraded')).toBeLessThan(0.6);
    expectBack(load, endedMs);
    expectLogged(app, GONE, secret);
  });

  it('F23: what was executed and not heard of is neither sent again nor counted twice', async (test) => {
    const { proxy, app } = await setUp(test, { name: 'f23-once' });
    const isBack = async (): Promise<boolean> => !(await app.look('closed', 'ada')).degraded;
    for (let loss = 0; loss < 10; loss += 1) {
      await waitUntil('the store to be back', isBack);
      proxy.dropReplies(1);
      expect(await app.ask('closed', 'ada')).toMatchObject({ degraded: true, allowed: false });
    }
    await waitUntil('the store to be back', isBack);
    const { limit, remaining } = await app.look('closed', 'ada');
    expect(limit - remaining).toBe(10);
  });
});
