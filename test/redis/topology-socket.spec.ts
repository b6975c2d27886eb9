import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from '../support/redis/redis-server.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/redis/temporary-folder.js';
import { CANARY, examine, expectResult, notPassed, storeOf } from './doctor/examine.js';
import { connectionsOf } from './topology-connections.js';
import { expectEveryOperation, works } from './topology-operations.js';
import { closeSubjects, PATIENCE, rateSyncOver } from './topology-subject.js';

let folder: TemporaryFolder;
let path: string;
let server: RedisServer;
beforeAll(async () => {
  folder = await makeTemporaryFolder('socket');
  path = join(folder.path, 'redis.sock');
  const args = ['--unixsocket', path, '--appendonly', 'yes'];
  server = await RedisServer.start({ password: CANARY, args });
});
afterEach(closeSubjects);
afterAll(() => Promise.all([server.stop(), folder.remove()]));

describe('B3: a URL', () => {
  it.each([
    ['unix:// with a password', () => ({ url: `unix://:${CANARY}@${path}` }), 'single'],
    ['unix:// with a user', () => ({ url: `unix://default:${CANARY}@${path}` }), 'single'],
    ['unix:// without a login', () => ({ url: `unix://${path}`, password: CANARY }), 'single'],
    ['a path alone', () => ({ url: path, password: CANARY, topology: 'single' }), 'single'],
    ['a path, in a database', () => ({ url: path, password: CANARY, db: 3 }), 'single'],
  ] as const)('leads to a socket: %s', async (_, store, topology) => {
    const rateSync = await rateSyncOver(store());
    await rateSync.check();
    await expectEveryOperation(rateSync);
    expect(rateSync.listStores()).toMatchObject([{ topology, address: path }]);
    const [connection, ...others] = await connectionsOf(server);
    expect(others).toEqual([]);
    expect(connection?.['addr']).toMatch(/:0$/);
    expect(connection?.['db']).toBe('db' in store() ? '3' : '0');
  });

  it.each(['valkey', 'Valkey'])('begins with %s://', async (scheme) => {
    const rateSync = await rateSyncOver({ url: server.url.replace('redis', scheme) });
    await rateSync.check();
    await expectEveryOperation(rateSync);
  });

  it('leads to a socket again after a restart', async () => {
    const rateSync = await rateSyncOver({ url: path, password: CANARY });
    await rateSync.check();
    await server.restart();
    await expect.poll(() => works(rateSync), PATIENCE).toBe(true);
  });

  it('leads to a socket that does not exist, which the start reports', async () => {
    const rateSync = await rateSyncOver({ url: `unix://${path}.gone` });
    const failure = { kind: 'connection', failureCode: 'ENOENT', address: `${path}.gone` };
    await expect(rateSync.check()).rejects.toMatchObject(failure);
  });
});

describe('B3: the doctor', () => {
  it('connects through a socket, which crosses no network', async () => {
    const lines = `url = "unix://${path}"\npassword = "${CANARY}"\nhash_secret = "${CANARY}"`;
    const results = await examine(storeOf(lines));
    expect(notPassed(results)).toEqual([]);
    expect(expectResult(results, 'tls', 'pass').detail).toContain('on this machine');
  });

  it('reports a missing socket', async () => {
    const results = await examine(storeOf(`url = "unix://${path}.gone"`));
    const { detail, fix } = expectResult(results, 'store-reachable', 'fail');
    expect(detail).toContain('ENOENT');
    expect(fix).toContain('socket');
  });
});
