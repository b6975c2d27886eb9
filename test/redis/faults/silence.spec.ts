import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../support/redis/wait-until.js';
import { between, having, shareOf } from './answers.js';
import { calm, endure, expectBack } from './soak.js';
import {
  expectCounted,
  expectDegraded,
  expectHonest,
  expectLogged,
  SILENT,
} from './expectations.js';
import { setUp } from './fixture.js';

describe.concurrent('a server that does not answer', () => {
  it('F03: stopped for 5 s: the calls that it finds afterwards are not counted', async (test) => {
    const { server, app, secret } = await setUp(test, { name: 'f03', isDirect: true });
    const { answers, beganMs } = await endure(app, {
      begin: () => {
        server.pause();
      },
      end: () => {
        server.resume();
      },
      lastsMs: 5_000,
    });
    // One call may have been executed when the server was stopped, before its reply was sent.
    await expectCounted(app, answers, beganMs);
    expectLogged(app, SILENT, secret);
  });

  it('F04: stopped for less than the timeout: no decision is degraded', async (test) => {
    const { server, app, secret } = await setUp(test, {
      name: 'f04',
      isDirect: true,
      limiter: { timeout: 1 },
      store: { decisionTimeout: 1 },
    });
    const load = app.load();
    await calm(load);
    for (let spell = 0; spell < 5; spell += 1) {
      server.pause();
      await sleep(50);
      server.resume();
      await sleep(200);
    }
    const answers = await load.stop();
    expectHonest(answers);
    expect(shareOf(answers, 'decided')).toBe(1);
    await expectCounted(app, answers);
    expect(app.errorLines).toEqual([]);
    expect(app.everythingSaid).not.toContain(secret);
  });

  it('F07: asleep for 1 s', async (test) => {
    const { server, app, secret } = await setUp(test, {
      name: 'f07',
      isDirect: true,
      server: { args: ['--enable-debug-command', 'yes'] },
    });
    const other = await server.connect();
    const load = app.load();
    await calm(load);
    const beganMs = performance.now();
    await other.command('DEBUG', 'SLEEP', 1);
    const wokeMs = performance.now();
    await calm(load);
    const answers = await load.stop();
    other.close();
    expectHonest(answers);
    // When it fell asleep is known only roughly on a busy machine.
    expectDegraded(between(answers, wokeMs - 800, wokeMs - 200), 0.5);
    expectBack(load, wokeMs, 1_500);
    await expectCounted(app, answers, beganMs);
    expectLogged(app, SILENT, secret);
  });

  it('F21: the network holds everything back for 5 s, and then delivers it', async (test) => {
    const { proxy, app, secret } = await setUp(test, { name: 'f21' });
    const { answers, beganMs } = await endure(app, {
      begin: () => {
        proxy.set('stall');
      },
      end: () => {
        proxy.set('pass');
      },
      lastsMs: 5_000,
    });
    await expectCounted(app, answers, beganMs);
    expectLogged(app, SILENT, secret);
  });

  it('F09: every reply is late by 600 ms', async (test) => {
    const { proxy, app, secret } = await setUp(test, { name: 'f09' });
    const { answers } = await endure(app, {
      begin: () => {
        proxy.set('pass', { latencyMs: 600 });
      },
      end: () => {
        proxy.set('pass');
      },
      lastsMs: 5_000,
    });
    // Grants that came after the answer were released.
    await expectCounted(app, answers);
    expectLogged(app, SILENT, secret);
  });

  it('F09, A11: replies later than these callers wait for, and in time for others: no breaker opens', async (test) => {
    const { proxy, app, secret } = await setUp(test, {
      name: 'f09-little',
      store: { decisionTimeout: 2 },
    });
    const load = app.load();
    await calm(load);
    proxy.set('pass', { latencyMs: 400 });
    await sleep(4_000);
    proxy.set('pass');
    await calm(load);
    const answers = await load.stop();
    expectHonest(answers);
    await expectCounted(app, answers);
    expect(having(answers, 'degraded').length).toBeGreaterThan(0);
    expect(app.witness.path).toEqual([]);
    expectLogged(app, SILENT, secret);
  });

  it('F10: replies are late by about as much as callers wait for', async (test) => {
    const { proxy, app, secret } = await setUp(test, {
      name: 'f10',
      store: { decisionTimeout: 1 },
    });
    const load = app.load();
    await calm(load);
    proxy.set('pass', { latencyMs: 100, jitterMs: 300 });
    await sleep(4_000);
    proxy.set('pass');
    await calm(load);
    const answers = await load.stop();
    // Which of them were in time is chance; that each is what its route promises is not.
    expectHonest(answers);
    await expectCounted(app, answers);
    expect(app.everythingSaid).not.toContain(secret);
  });

  it('F20: a single call that is never answered: the connection is given up', async (test) => {
    const { proxy, app, secret } = await setUp(test, {
      name: 'f20-single',
      store: { socketTimeout: 0.5, healthCheckInterval: 0 },
    });
    await app.ask('closed', 'ada');
    const before = proxy.totalConnections;
    proxy.set('blackhole');
    expect((await app.ask('closed', 'ada')).degraded).toBe(true);
    // What was robbed of its bytes stays dead.
    proxy.set('pass');
    await waitUntil('another connection', () => proxy.totalConnections > before);
    await waitUntil('decisions', async () => !(await app.look('closed', 'ada')).degraded);
    expect(app.witness.path).toEqual([]);
    expectLogged(app, SILENT, secret);
  });

  it('F08: every reply is late, but not too late: no decision is degraded', async (test) => {
    const { proxy, app } = await setUp(test, {
      name: 'f08',
      limiter: { timeout: 1 },
      store: { decisionTimeout: 1 },
    });
    const load = app.load();
    await calm(load);
    proxy.set('pass', { latencyMs: 80, jitterMs: 80 });
    await sleep(2_000);
    const answers = await load.stop();
    expectHonest(answers);
    expect(shareOf(answers, 'decided')).toBe(1);
    await expectCounted(app, answers);
    expect(app.witness.path).toEqual([]);
  });
});
