import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RedisServer } from '../support/redis/redis-server.js';
import { RespConnection } from '../support/redis/resp.js';
import { startService, VARIABLES } from './composed-server.js';
import { expectFourLimits, openProduction } from './production-limits.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startService('one-server.yml', 'redis');
});
afterAll(() => server.stop());

const env = (): Record<string, string> => ({
  REDIS_URL: `redis://127.0.0.1:${String(server.port)}/0`,
  REDIS_PASSWORD: VARIABLES.REDIS_PASSWORD,
});

describe('the server of one-server.yml', () => {
  it('enforces the four limits of production over two instances', async () => {
    await expectFourLimits(env());
  });

  it('lets nobody in without the password', async () => {
    const stranger = await RespConnection.open(server.port);
    await expect(stranger.command('GET', 'any')).rejects.toMatchObject({ code: 'NOAUTH' });
    stranger.close();
    const rateSync = await openProduction({ ...env(), REDIS_PASSWORD: 'wrong' });
    await expect(rateSync.check()).rejects.toMatchObject({ kind: 'auth' });
    await rateSync.close();
  });

  it('has its counts again after it was killed', async () => {
    const rateSync = await openProduction(env());
    await rateSync.check();
    await rateSync.limiters.get('login_ip').consume('192.0.2.1', { cost: 7 });
    // What was answered is with the operating system: only a machine that dies loses a second.
    await server.kill();
    await server.restart({ keepData: true });
    await expect
      .poll(() => rateSync.limiters.get('login_ip').peek('192.0.2.1'), { timeout: 15_000 })
      .toMatchObject({ remaining: 3, degraded: false });
    await rateSync.close();
  });

  it('refuses writes rather than forgetting who is blocked', async () => {
    expect(await server.command('CONFIG', 'GET', 'maxmemory*')).toEqual(
      expect.arrayContaining(['maxmemory-policy', 'noeviction', 'maxmemory', '268435456']),
    );
  });
});
