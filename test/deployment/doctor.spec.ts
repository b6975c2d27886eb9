import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/cli/doctor/check.js';
import { runDoctor } from '../../src/cli/doctor/run-doctor.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { SentinelSet } from '../support/redis/sentinel-set.js';
import { startService, VARIABLES } from './composed-server.js';
import { KIT, kitText } from './kit.js';

const { REDIS_PASSWORD } = VARIABLES;
const REDIS_HASH_SECRET = '0123456789abcdef';
const path = resolve(KIT, 'rate-sync.production.toml');
const urlOf = ({ port }: RedisServer): string => `redis://127.0.0.1:${String(port)}/0`;

function examine(env: Readonly<Record<string, string>>): Promise<readonly CheckResult[]> {
  return runDoctor({ path, env, cwd: KIT, application: null });
}

async function idsThat(
  result: CheckResult['result'],
  env: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  // Whether this machine is quick enough is not the question here.
  const results = (await examine(env)).filter(({ id }) => id !== 'latency');
  return results.filter((made) => made.result === result).map(({ id }) => id);
}

/** Whether troubleshooting.md sends whoever sees this text to this check. */
function expectRow(text: string, id: string): void {
  const row = kitText('troubleshooting.md')
    .split('\n')
    .find((line) => line.startsWith('|') && line.includes(text));
  expect(row).toMatch(new RegExp(`\\| \`${id}\` +\\|$`));
}

describe('the doctor, on the server of one-server.yml', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startService('one-server.yml', 'redis');
    const lines = kitText('security.md').match(/^ACL SETUSER (?:limits|doctor) on .*$/gm) ?? [];
    for (const line of [lines[0], lines[2]]) await server.command(...(line ?? '').split(' '));
  });
  afterAll(() => server.stop());

  it('finds nothing wrong', async () => {
    const results = await examine({ REDIS_URL: urlOf(server), REDIS_PASSWORD, REDIS_HASH_SECRET });
    const wrong = results.filter(({ id, result }) => id !== 'latency' && result !== 'pass');
    expect(wrong).toEqual([]);
  });

  it('finds nothing wrong as the user that security.md makes for it', async () => {
    const login = { REDIS_USERNAME: 'doctor', REDIS_PASSWORD: 'PASSWORD', REDIS_HASH_SECRET };
    const results = await examine({ REDIS_URL: urlOf(server), ...login });
    const wrong = results.filter(({ id, result }) => id !== 'latency' && result !== 'pass');
    expect(wrong).toEqual([]);
  });

  it('skips, as the user of the app, only what security.md says', async () => {
    const login = { REDIS_USERNAME: 'limits', REDIS_PASSWORD: 'PASSWORD' };
    const env = { REDIS_URL: urlOf(server), ...login };
    expect(await idsThat('fail', env)).toEqual([]);
    const skipped = await idsThat('skip', env);
    const unreadable = ['eviction-policy', 'persistence', 'memory', 'connections'];
    expect(skipped).toEqual(['server-version', ...unreadable]);
  });
});

describe('the doctor, where troubleshooting.md sends people to it,', () => {
  it('finds a cluster that was never formed', async () => {
    const node = await startService('cluster.yml', 'redis-1');
    const failed = await idsThat('fail', { REDIS_URL: urlOf(node), REDIS_PASSWORD });
    await node.stop();
    expect(failed).toContain('topology');
    expectRow('a cluster that was never formed', 'topology');
  });

  it('finds a primary that has lost its replicas', async () => {
    const lonely = await startService('sentinel.yml', 'redis-1');
    const failed = await idsThat('fail', { REDIS_URL: urlOf(lonely), REDIS_PASSWORD });
    await lonely.stop();
    expect(failed).toContain('permissions');
    expectRow('`NOREPLICAS`', 'permissions');
  });

  it('finds sentinels that know the primary by another name', async () => {
    const set = await SentinelSet.start({ replicas: 1 });
    const sentinels = set.sentinels.map(({ port }) => `127.0.0.1:${String(port)}`).join(',');
    const env = { REDIS_SENTINELS: sentinels, REDIS_MASTER_NAME: 'other' };
    const failed = await idsThat('fail', env);
    await set.stop();
    expect(failed).toContain('store-reachable');
    expectRow('`UNKNOWN_MASTER`', 'store-reachable');
  });

  it('finds a server that is full, forgets, or drops', async () => {
    const args = ['--maxmemory', '3mb', '--maxmemory-policy', 'volatile-lru'];
    const server = await RedisServer.start({ password: REDIS_PASSWORD, args });
    const env = { REDIS_URL: urlOf(server), REDIS_PASSWORD };
    expect(await idsThat('fail', env)).toContain('eviction-policy');
    expect(await idsThat('warn', env)).toContain('persistence');
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await server.command('CONFIG', 'SET', 'maxmemory', '1mb');
    expect(await idsThat('fail', env)).toContain('memory');
    await server.stop();
    expectRow('the policy drops keys', 'eviction-policy');
    expectRow('`oom`', 'memory');
    expectRow('allowed again after a restart', 'persistence');
  });
});
