import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StoreConfig } from '../../src/config/index.js';
import { startPickyProxy, type PickyProxy } from '../support/redis/picky-proxy.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { examine, expectResult, storeOf } from './doctor/examine.js';
import { connectionsOf, strangers } from './topology-connections.js';
import { expectEveryOperation, works } from './topology-operations.js';
import { closeSubjects, PATIENCE, rateSyncOver } from './topology-subject.js';

const PASSWORD = 'proxy-pw';

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start({ password: PASSWORD });
});
let proxy: PickyProxy | undefined;
afterEach(async () => {
  await closeSubjects();
  await proxy?.close();
});
afterAll(() => server.stop());

async function behind(unknown: RegExp, farewell?: 'end' | 'resetAndDestroy'): Promise<PickyProxy> {
  proxy = await startPickyProxy(server.port, unknown, farewell);
  return proxy;
}

describe.each([
  ['CLIENT SETNAME', /^client setname/i],
  ['HELLO', /^hello/i],
  ['every CLIENT command and HELLO', /^(client|hello)/i],
])('B6: a proxy that closes on %s', (_, unknown) => {
  it.each([
    ['without a topology', {}],
    ['as a single server', { topology: 'single' }],
    ['in a database', { db: 2 }],
  ] as const)('is done without it at the start: %s', async (__, store: StoreConfig) => {
    const { url, refused } = await behind(unknown);
    const rateSync = await rateSyncOver({ url, password: PASSWORD, ...store });
    await rateSync.check();
    await expectEveryOperation(rateSync);
    expect(refused()).toBe(1);
    expect(rateSync.listStores()).toMatchObject([{ topology: 'single' }]);
    expect(await strangers(server)).toHaveLength(1);
  });

  it('works without it when the proxy resets the connection', async () => {
    const { url, refused } = await behind(unknown, 'resetAndDestroy');
    const rateSync = await rateSyncOver({ url, password: PASSWORD });
    await rateSync.check();
    await expectEveryOperation(rateSync);
    expect(refused()).toBe(1);
  });

  it('works without it from the beginning once that has happened twice', async () => {
    const { url, refused, cut } = await behind(unknown);
    const rateSync = await rateSyncOver({ url, password: PASSWORD });
    await rateSync.check();
    for (let times = 0; times < 3; times += 1) {
      cut();
      await expect.poll(() => works(rateSync), PATIENCE).toBe(false);
      await expect.poll(() => works(rateSync), PATIENCE).toBe(true);
    }
    expect(refused()).toBe(2);
  });

  it('is reported by the doctor, which connects through it', async () => {
    const { url } = await behind(unknown);
    const lines = `url = "${url}"\npassword = "${PASSWORD}"`;
    const results = await examine(storeOf(lines));
    const { detail } = expectResult(results, 'store-reachable', 'pass');
    expect(detail).toContain('CLIENT SETNAME or HELLO');
    expectResult(results, 'enforcement', 'pass');
  });
});

describe('B6: where nothing is closed', () => {
  it('connections keep their name, also when one was lost after its hello', async () => {
    const { url, cut } = await behind(/^nothing/);
    const rateSync = await rateSyncOver({ url, password: PASSWORD });
    await rateSync.check();
    cut();
    await expect.poll(() => connectionsOf(server), PATIENCE).toHaveLength(1);
    await expect.poll(() => works(rateSync), PATIENCE).toBe(true);
    const results = await examine(storeOf(`url = "${url}"\npassword = "${PASSWORD}"`));
    expect(expectResult(results, 'store-reachable', 'pass').detail).not.toContain('HELLO');
  });

  it('a proxy that closes on every command is down, and has named connections once it recovers', async () => {
    const port = (await behind(/./)).port;
    const store = { url: `redis://127.0.0.1:${String(port)}`, password: PASSWORD };
    const rateSync = await rateSyncOver(store);
    await expect(rateSync.check()).rejects.toMatchObject({ kind: 'connection' });
    expect(await works(rateSync)).toBe(false);
  });
});
