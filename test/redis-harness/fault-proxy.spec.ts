import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FaultProxy } from '../support/redis/fault-proxy.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { RespConnection, type RespValue } from '../support/redis/resp.js';

describe('a network that fails on command', () => {
  let server: RedisServer;
  let proxy: FaultProxy;
  let old: RespConnection;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  beforeEach(async () => {
    proxy = await FaultProxy.start(server.port);
    old = await RespConnection.open(proxy.port);
    await old.command('SET', 'n', 0);
  });
  afterEach(() => proxy.close());
  afterAll(() => server.stop());

  it('delivers, and counts connections', async () => {
    await RespConnection.open(proxy.port);
    expect(proxy.connections).toBe(2);
    old.close();
    await expect.poll(() => proxy.connections).toBe(1);
    expect(proxy.totalConnections).toBe(2);
  });

  it('closes the client when the server closes', async () => {
    const id = await old.command('CLIENT', 'ID');
    await server.command('CLIENT', 'KILL', 'ID', String(id));
    await expect.poll(() => old.isClosed).toBe(true);
  });

  it('blackhole: loses everything, and the connections stay dead', async () => {
    proxy.set('blackhole');
    const young = await RespConnection.open(proxy.port);
    const answers = [old.command('INCR', 'n'), young.command('INCR', 'n')];
    await expectNoAnswer(answers);
    proxy.set('pass');
    await expectNoAnswer([...answers, old.command('INCR', 'n'), young.command('INCR', 'n')]);
    expect([old.isClosed, young.isClosed]).toEqual([false, false]);
    const fresh = await RespConnection.open(proxy.port);
    expect(await fresh.command('GET', 'n')).toBe('0');
    for (const connection of [old, young]) connection.close();
  });

  it('stall: holds everything back, and delivers it in order', async () => {
    proxy.set('stall');
    const young = await RespConnection.open(proxy.port);
    const answers = [old.command('INCR', 'n'), old.command('INCR', 'n')];
    const answer = young.command('PING');
    await expectNoAnswer([...answers, answer]);
    expect(await server.command('GET', 'n')).toBe('0');
    proxy.set('pass');
    expect(await Promise.all(answers)).toEqual([1, 2]);
    expect(await answer).toBe('PONG');
  });

  it('reset: resets what is open and what is new', async () => {
    const answer = old.command('BLPOP', 'nothing', 0);
    proxy.set('reset');
    await expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(
      RespConnection.open(proxy.port).then((young) => young.command('PING')),
    ).rejects.toMatchObject({ code: 'ECONNRESET' });
    proxy.set('pass');
    expect(await (await RespConnection.open(proxy.port)).command('PING')).toBe('PONG');
  });

  it('refuse: nobody listens', async () => {
    const answer = old.command('BLPOP', 'nothing', 0);
    proxy.set('refuse');
    await expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(RespConnection.open(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    proxy.set('pass');
    expect(await (await RespConnection.open(proxy.port)).command('PING')).toBe('PONG');
  });

  it('is late by the latency, and keeps the order', async () => {
    proxy.set('pass', { latencyMs: 80, jitterMs: 40 });
    const start = performance.now();
    const answers: Promise<RespValue>[] = [];
    for (let sent = 0; sent < 5; sent += 1) {
      answers.push(old.command('INCR', 'n'));
      await sleep(5);
    }
    expect(await Promise.all(answers)).toEqual([1, 2, 3, 4, 5]);
    expect(performance.now() - start).toBeGreaterThanOrEqual(79);
  });

  it('loses replies to what was done, and then resets the connection', async () => {
    proxy.dropReplies(2);
    const first = old.command('INCR', 'n');
    await expectNoAnswer([first]);
    const second = old.command('INCR', 'n');
    await expect(first).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(second).rejects.toMatchObject({ code: 'ECONNRESET' });
    const fresh = await RespConnection.open(proxy.port);
    expect(await fresh.command('GET', 'n')).toBe('2');
  });
});

async function expectNoAnswer(answers: readonly Promise<unknown>[]): Promise<void> {
  const settled = answers.map((answer) => answer.then(String, String));
  expect(await Promise.race([...settled, sleep(100, 'nothing')])).toBe('nothing');
}
