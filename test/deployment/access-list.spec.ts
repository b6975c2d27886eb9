import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RedisCluster } from '../support/redis/redis-cluster.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { RespConnection } from '../support/redis/resp.js';
import { expectEveryOperation } from '../redis/topology-operations.js';
import { closeSubjects, rateSyncOver } from '../redis/topology-subject.js';
import { kitText } from './kit.js';
import { expectFourLimits } from './production-limits.js';

const PASSWORD = 'PASSWORD';

/** The lines of security.md that make users, in order, as commands. */
const LINES = kitText('security.md')
  .split('\n')
  .filter((line) => line.startsWith('ACL SETUSER '))
  .map((line) => line.split(' '));
const [SINGLE = [], CLUSTER = [], SELECT = [], DOCTOR = [], SECOND = [], WITHOUT_FIRST = []] =
  LINES;

/** What a user of limits must not do; its own keys are there for whoever tries them. */
const FORBIDDEN = [
  'FLUSHALL',
  'FLUSHDB',
  'KEYS *',
  'SCAN 0',
  'CONFIG SET maxmemory 1',
  'CONFIG REWRITE',
  'ACL LIST',
  'ACL SETUSER limits +@all',
  'SHUTDOWN NOSAVE',
  'BGSAVE',
  'SCRIPT FLUSH',
  'FUNCTION FLUSH',
  'REPLICAOF NO ONE',
  'CLIENT LIST',
  'CLIENT KILL ID 1',
  'MONITOR',
  'SUBSCRIBE all',
  'PUBLISH all x',
  'GET other:key',
  'SET other:key x',
  'DEL other:key',
];
/** What only the doctor may look at. */
const LOOKS = ['CONFIG GET maxmemory-policy', 'INFO memory', 'ROLE', 'CLUSTER INFO', 'PING'];

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start({ password: 'admin1' });
  for (const line of [SINGLE, DOCTOR]) await server.command(...line);
});
afterEach(async () => {
  await closeSubjects();
});
afterAll(() => server.stop());

const url = (): string => `redis://127.0.0.1:${String(server.port)}`;

/** The commands that the server refuses this user for want of a right. */
async function refused(username: string, commands: readonly string[]): Promise<readonly string[]> {
  const connection = await RespConnection.open(server.port, { username, password: PASSWORD });
  const denied: string[] = [];
  for (const command of commands) {
    const code = await connection.command(...command.split(' ')).then(
      () => undefined,
      (error: unknown) => (error as { readonly code?: string }).code,
    );
    if (code === 'NOPERM') denied.push(command);
  }
  connection.close();
  return denied;
}

describe('the users of security.md', () => {
  it('are six lines', () => {
    expect(LINES).toHaveLength(6);
  });

  it('limits may do what the script calls, no more', () => {
    const folder = resolve(import.meta.dirname, '../../src/stores/redis/lua');
    const lua = readdirSync(folder)
      .filter((file) => file.endsWith('.lua'))
      .map((file) => readFileSync(resolve(folder, file), 'utf8'))
      .join('\n');
    const called = [...lua.matchAll(/call\('(\w+)'/g)].map(([, name]) => `+${name ?? ''}`);
    const commands = ['+evalsha', '+eval', '+client|setname', ...called].map((rule) =>
      rule.toLowerCase(),
    );
    const rules = SINGLE.filter((word) => word.startsWith('+'));
    expect([...rules].sort()).toEqual([...new Set(commands)].sort());
  });

  it.each(['limits', 'doctor'])('%s can do everything that a store needs', async (username) => {
    const rateSync = await rateSyncOver({ url: url(), username, password: PASSWORD });
    await rateSync.check();
    await expectEveryOperation(rateSync);
    await expectFourLimits({
      REDIS_URL: url(),
      REDIS_USERNAME: username,
      REDIS_PASSWORD: PASSWORD,
    });
  });

  it('limits can do nothing else', async () => {
    const commands = [...FORBIDDEN, ...LOOKS];
    expect(await refused('limits', commands)).toEqual(commands);
  });

  it('doctor can look, and do nothing else', async () => {
    expect(await refused('doctor', [...FORBIDDEN, ...LOOKS])).toEqual(FORBIDDEN);
  });

  it('D14: limits needs its commands, one by one, and the start says so', async () => {
    const commands = SINGLE.filter((rule) => /^\+(?!client)/.test(rule));
    expect(commands.length).toBeGreaterThan(10);
    const idle: string[] = [];
    for (const command of commands) {
      await server.command('SCRIPT', 'FLUSH');
      await server.command(...SINGLE.map((word) => (word === 'limits' ? 'short' : word)));
      await server.command('ACL', 'SETUSER', 'short', command.replace('+', '-'));
      const rateSync = await rateSyncOver({ url: url(), username: 'short', password: PASSWORD });
      await rateSync.check().then(
        () => idle.push(command),
        () => undefined,
      );
      await rateSync.close();
    }
    expect(idle).toEqual([]);
  });

  it('limits reaches another database with one rule more', async () => {
    const store = { url: url(), username: 'limits', password: PASSWORD, db: 4 };
    await expect((await rateSyncOver(store)).check()).rejects.toMatchObject({ kind: 'noperm' });
    await server.command(...SELECT);
    const rateSync = await rateSyncOver(store);
    await rateSync.check();
    await expectEveryOperation(rateSync);
    await server.command('ACL', 'SETUSER', 'limits', '-select');
  });

  it('change their password without a moment of refusals', async () => {
    const login = { url: url(), username: 'limits' };
    const before = await rateSyncOver({ ...login, password: PASSWORD });
    await before.check();
    await server.command(...SECOND);
    const after = await rateSyncOver({ ...login, password: 'NEWPASSWORD' });
    await after.check();
    await server.command(...WITHOUT_FIRST);
    await expectEveryOperation(after);
    await expectEveryOperation(before);
    const late = await rateSyncOver({ ...login, password: PASSWORD });
    await expect(late.check()).rejects.toMatchObject({ kind: 'auth' });
  });
});

describe('the user of a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start({ replicas: 0 });
    for (const node of cluster.nodes) await node.command(...CLUSTER);
  });
  afterAll(() => cluster.stop());

  it('can do everything that a store needs', async () => {
    const urls = cluster.nodes.map((node) => node.url);
    const rateSync = await rateSyncOver({ urls, username: 'limits', password: PASSWORD });
    await rateSync.check();
    await expectEveryOperation(rateSync);
    expect(rateSync.listStores()).toMatchObject([{ topology: 'cluster' }]);
    for (const node of cluster.nodes) expect(await node.command('ACL', 'LOG')).toEqual([]);
  });

  it('is not found without its right to look for the nodes', async () => {
    for (const node of cluster.nodes) {
      await node.command('ACL', 'SETUSER', 'limits', '-cluster|slots');
    }
    const rateSync = await rateSyncOver({
      urls: cluster.nodes.map((node) => node.url),
      username: 'limits',
      password: PASSWORD,
    });
    await expect(rateSync.check()).rejects.toMatchObject({ failureCode: 'NOPERM' });
  });
});
