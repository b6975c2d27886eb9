import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RedisServer } from '../support/redis/redis-server.js';
import { RespConnection } from '../support/redis/resp.js';

describe('the faults of a server', () => {
  let server: RedisServer;
  let client: RespConnection;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  beforeEach(async () => {
    client = await RespConnection.open(server.port);
  });
  afterAll(() => server.stop());

  it.each([
    ['oom', 'OOM'],
    ['readonly', 'READONLY'],
    ['misconf', 'MISCONF'],
  ] as const)('%s: writes get %s until it is healed', async (fault, code) => {
    await server.faults[fault]();
    await expect(client.command('SET', 'a', 1)).rejects.toMatchObject({ code });
    await server.faults.heal();
    expect(await client.command('SET', 'a', 1)).toBe('OK');
  });

  it('maxclients: no more connections until it is healed', async () => {
    await server.faults.maxclients(1);
    const refused = await RespConnection.open(server.port);
    await expect(refused.command('PING')).rejects.toThrow(/max number of clients|ECONNRESET|EPIPE/);
    await server.faults.heal();
    const welcome = await RespConnection.open(server.port);
    expect(await welcome.command('PING')).toBe('PONG');
  });

  it('busy: everybody gets BUSY for about that long', async () => {
    const start = performance.now();
    const { over } = await server.faults.busy(300);
    await expect(client.command('GET', 'a')).rejects.toMatchObject({ code: 'BUSY' });
    await over;
    expect(performance.now() - start).toBeGreaterThan(290);
    expect(await client.command('GET', 'a')).toBe('1');
  });

  it('loading: everybody gets LOADING for about that long, and the data are there then', async () => {
    await client.command('SET', 'kept', 'yes');
    const { over } = await server.faults.loading(500);
    const start = performance.now();
    const early = await RespConnection.open(server.port);
    await expect(early.command('GET', 'kept')).rejects.toMatchObject({ code: 'LOADING' });
    await over;
    const lasted = performance.now() - start;
    expect(lasted).toBeGreaterThan(300);
    expect(lasted).toBeLessThan(3_000);
    expect(await early.command('GET', 'kept')).toBe('yes');
    expect(await early.command('DBSIZE')).toBe(2);
  });
});
