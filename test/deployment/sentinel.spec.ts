import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RedisServer } from '../support/redis/redis-server.js';
import { RespConnection } from '../support/redis/resp.js';
import { freePort } from '../support/redis/free-port.js';
import { waitUntil } from '../support/redis/wait-until.js';
import { composedService } from './compose.js';
import { startService, VARIABLES, type Ports } from './composed-server.js';
import { ComposedSentinel } from './composed-sentinel.js';
import { kitText } from './kit.js';
import { expectFourLimits, openProduction } from './production-limits.js';
import { runScript } from './scripts.js';

const FILE = 'sentinel.yml';
const SERVERS = ['redis-1', 'redis-2', 'redis-3'];
const SENTINELS = ['sentinel-1', 'sentinel-2', 'sentinel-3'];
const PATIENCE = { timeout: 40_000, interval: 100 };

let ports: Ports;
let servers: readonly RedisServer[];
let sentinels: readonly ComposedSentinel[];

beforeAll(async () => {
  const found = [await freePort(), await freePort(), await freePort()];
  ports = new Map(SERVERS.map((name, at) => [name, found[at] ?? 0]));
  const primary = await startService(FILE, 'redis-1', ports);
  const replicas = await Promise.all(
    SERVERS.slice(1).map((name) => startService(FILE, name, ports)),
  );
  servers = [primary, ...replicas];
  sentinels = await Promise.all(
    SENTINELS.map((name) => ComposedSentinel.start(composedService(FILE, name, VARIABLES), ports)),
  );
  for (const sentinel of sentinels) {
    const agree = async (): Promise<boolean> =>
      (await sentinel.ask('ckquorum', 'mymaster')).startsWith('OK 3 ');
    await waitUntil('the sentinels to find each other', agree, { timeoutMs: 40_000 });
  }
});
afterAll(async () => {
  await Promise.all(sentinels.map((sentinel) => sentinel.stop()));
  await Promise.all(servers.map((server) => server.stop()));
});

const env = (): Record<string, string> => ({
  REDIS_SENTINELS: sentinels.map(({ port }) => `127.0.0.1:${String(port)}`).join(','),
  ...VARIABLES,
});

describe('the sentinels of sentinel.yml', () => {
  it('find each other and both replicas, and need two voices', async () => {
    for (const sentinel of sentinels) {
      await expect
        .poll(async () => sentinel.master(), PATIENCE)
        .toMatchObject({ quorum: '2', 'num-slaves': '2', 'num-other-sentinels': '2' });
    }
  });

  it('answer nobody without their password', async () => {
    const stranger = await RespConnection.open(sentinels[0]!.port);
    await expect(stranger.command('SENTINEL', 'MASTERS')).rejects.toMatchObject({ code: 'NOAUTH' });
    stranger.close();
  });

  it('lead the app to the primary, where the four limits of production hold', async () => {
    await expectFourLimits(env());
  });

  it('lead the user of security.md there, too', async () => {
    const line = kitText('security.md')
      .split('\n')
      .find((text) => text.startsWith('ACL SETUSER'));
    for (const server of servers) await server.command(...(line ?? '').split(' '));
    const login = { REDIS_USERNAME: 'limits', REDIS_PASSWORD: 'PASSWORD' };
    await expectFourLimits({ ...env(), ...login });
    for (const server of servers) expect(await server.command('ACL', 'LOG')).toEqual([]);
  });

  it('make a replica the primary, which has the counts and enforces the limits', async () => {
    const rateSync = await openProduction(env());
    await rateSync.check();
    const limiter = rateSync.limiters.get('login_ip');
    await limiter.consume('192.0.2.9', { cost: 7 });
    await servers[0]!.command('WAIT', 2, 5_000);
    await servers[0]!.kill();
    await expect
      .poll(() => limiter.peek('192.0.2.9'), PATIENCE)
      .toMatchObject({ remaining: 3, degraded: false });
    await rateSync.close();
    await expectFourLimits(env());
  });

  it('go on with what they know when they are started again', async () => {
    const [first] = sentinels;
    await first!.restart();
    await expect
      .poll(async () => first!.master(), PATIENCE)
      .toMatchObject({ quorum: '2', 'num-other-sentinels': '2' });
    expect((await first!.master())['port']).not.toBe(String(ports.get('redis-1')));
  });
});

describe('a sentinel', () => {
  it.each([
    ['REDIS_PASSWORD', ''],
    ['SENTINEL_PASSWORD', 'two words'],
    ['REDIS_PASSWORD', 'a\nsentinel set mymaster quorum 1'],
  ])('does not start with a %s that would spoil its file', async (name, value) => {
    const env = { REDIS_PASSWORD: 'secret1', SENTINEL_PASSWORD: 'secret2', [name]: value };
    const { code, output } = await runScript('start-sentinel.sh', ['here'], env);
    expect(code).toBe(1);
    expect(output).toContain('letters and digits');
    expect(output).not.toContain('secret');
  });
});
