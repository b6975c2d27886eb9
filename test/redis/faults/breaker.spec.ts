import { setTimeout as sleep } from 'node:timers/promises';
import type { CircuitEvent } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { RedisStore } from '../../../src/stores/redis/redis-store.js';
import { redisSettings } from '../../support/redis-settings.js';
import { waitUntil } from '../../support/redis/wait-until.js';
import { having, within } from './answers.js';
import { callsOf, CommandTap } from './commands.js';
import { calm } from './soak.js';
import { expectHonest } from './expectations.js';
import { aProxy, aServer, setUp } from './fixture.js';

describe.concurrent('the circuit breaker of a store', () => {
  it('asks with one probe at a time, and none of them is a request', async (test) => {
    const { server, app } = await setUp(test, { name: 'probes', isDirect: true });
    const load = app.load();
    await calm(load);
    await server.faults.oom();
    await waitUntil('the breaker to open', () => app.witness.path.includes('closed>open'));
    await sleep(200);
    await server.command('CONFIG', 'RESETSTAT');
    const tap = await CommandTap.open(server);
    const [fromMs, circuitsBefore] = [performance.now(), app.witness.circuits.length];
    await sleep(6_000);
    const [toMs, circuitsAfter] = [performance.now(), app.witness.circuits.length];
    const [calls, heard] = [await callsOf(server, 'evalsha'), tap.having('"evalsha"')];
    tap.close();
    await server.faults.heal();
    await calm(load);
    const answers = await load.stop();
    expectHonest(answers);
    const during = within(answers, fromMs, toMs);
    expect(during.length).toBeGreaterThan(50);
    expect(having(during, 'degraded').length).toBe(during.length);
    // One probe per second, a fifth more or less: none per request.
    expect(calls).toBeGreaterThanOrEqual(2);
    expect(calls).toBeLessThanOrEqual(9);
    expect(heard.filter((line) => !line.includes(':probe"'))).toEqual([]);
    const changes = app.witness.path.slice(circuitsBefore, circuitsAfter);
    const tries = changes.filter((change) => change === 'open>half_open').length;
    expect(Math.abs(tries - calls)).toBeLessThanOrEqual(1);
    expect(app.witness.path.filter((change) => change.endsWith('>closed')).length).toBe(1);
  });

  it('stays closed once it has closed', async (test) => {
    const { server, app } = await setUp(test, { name: 'closed', isDirect: true });
    const load = app.load();
    await calm(load);
    for (let round = 0; round < 2; round += 1) {
      await server.kill();
      await sleep(1_700);
      await server.restart();
      await calm(load);
      await sleep(1_500);
    }
    expectHonest(await load.stop());
    expect(app.witness.path).not.toContain('closed>half_open');
  });

  it('opens once for a burst that fails together', async (test) => {
    const { server, app } = await setUp(test, { name: 'burst', isDirect: true });
    await app.ask('open', 'ada');
    server.pause();
    await Promise.all(Array.from({ length: 500 }, () => app.ask('open', 'ada')));
    await app.ask('open', 'ada');
    expect(app.witness.path).toEqual(['closed>open']);
    server.resume();
    await waitUntil('the breaker to close', () => app.witness.path.includes('half_open>closed'));
  });

  it('F40: twenty stores lose their server together, and do not come back in one wave', async (test) => {
    const server = await aServer(test);
    const proxy = await aProxy(test, server);
    const url = `redis://127.0.0.1:${String(proxy.port)}`;
    const closedAtMs: number[] = [];
    let isBack = false;
    const onCircuit = ({ to }: CircuitEvent): void => {
      if (isBack && to === 'closed') closedAtMs.push(performance.now());
    };
    const settings = redisSettings({ url, decisionTimeout: 2 });
    const stores = Array.from({ length: STORES }, () => new RedisStore(settings, { onCircuit }));
    test.onTestFinished(async () => {
      await Promise.all(stores.map((store) => store.close()));
    });
    const areUp = () => Promise.all(stores.map((store) => store.check())).then(() => true);
    await waitUntil('every store to be up', areUp);
    expect(proxy.connections).toBe(STORES);

    await server.kill();
    const [lostMs, connectionsBefore] = [performance.now(), proxy.totalConnections];
    while (performance.now() - lostMs < 4_000) {
      const asked = stores.map(async (store) => store.decide([QUESTION], 'all', 100));
      await Promise.allSettled(asked);
      await sleep(20);
    }
    const perStore = (proxy.totalConnections - connectionsBefore) / STORES;
    expect(perStore).toBeLessThanOrEqual(4 + 2 * ((performance.now() - lostMs) / 1_000));
    isBack = true;
    await server.restart();
    await waitUntil('every store to be back', () => closedAtMs.length >= STORES);
    expect(proxy.connections).toBe(STORES);
    closedAtMs.sort((a, b) => a - b);
    const waveMs = 100;
    const waves = closedAtMs.map(
      (start) => closedAtMs.filter((atMs) => atMs >= start && atMs < start + waveMs).length,
    );
    expect(Math.max(...waves)).toBeLessThan(STORES * 0.6);
    await waitUntil('every store to be up', areUp);
  });
});

const STORES = 20;

const QUESTION = {
  limiterId: 'any',
  identifier: 'ada',
  policy: { algorithm: 'sliding_window', limit: 1_000_000, windowMs: 60_000 },
  cost: 1,
  maxWaitMs: 0,
  leaseId: null,
} as const;
