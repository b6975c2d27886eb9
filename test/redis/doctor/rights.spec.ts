import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from '../../support/redis/redis-server.js';
import { CANARY, examine, expectResult, notPassed, storeOf } from './examine.js';

/** The rights of a store's user in docs/redis.md. */
const NEEDED = [
  ...['-@all', '+evalsha', '+eval', '+client|setname', '+del', '+get', '+getrange', '+pexpire'],
  ...['+set', '+setrange', '+time', '+zadd', '+zcard', '+zcount', '+zrange', '+zrem'],
  ...['+zremrangebyscore', '+zscore'],
];

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start({ args: ['--appendonly', 'yes'] });
  await server.command('ACL', 'SETUSER', 'default', 'off');
});
afterAll(() => server.stop());

async function examineAs(rules: readonly string[], keys = '~rs:*') {
  await server.command('ACL', 'SETUSER', 'limits', 'reset', 'on', `>${CANARY}`, keys, ...rules);
  const login = `username = "limits"\npassword = "${CANARY}"\nhash_secret = "${CANARY}"`;
  return examine(storeOf(`url = "${server.url}"\n${login}`));
}

describe('permissions', () => {
  it('passes for a user with the rights of a store only, without a crash elsewhere', async () => {
    const results = await examineAs(NEEDED);
    expectResult(results, 'permissions', 'pass');
    expectResult(results, 'enforcement', 'pass');
    // These read INFO and CONFIG, which counting does not need.
    expect(notPassed(results)).toEqual([
      ...['server-version skip', 'eviction-policy skip', 'persistence skip'],
      ...['memory skip', 'connections skip'],
    ]);
    for (const { id, detail } of results.filter(({ result }) => result === 'skip')) {
      expect(detail, id).toContain('permission denied');
    }
    await expect.poll(() => server.command('DBSIZE'), { timeout: 10_000 }).toBe(0);
  });

  it.each(NEEDED.filter((rule) => !/^-|setname/.test(rule)))(
    'names what is missing: %s',
    async (rule) => {
      const results = await examineAs([...NEEDED, rule.replace('+', '-')]);
      const found = expectResult(results, 'permissions', 'fail');
      expect(found.detail).toMatch(new RegExp(`lacks: \\${rule}$`));
      expect(found.fix).toContain(`ACL SETUSER NAME ${rule}\``);
      expectResult(results, 'enforcement', 'skip');
    },
  );

  it.each(['~other:*', '%R~rs:*', '%W~rs:*'])('names the keys: %s', async (keys) => {
    const found = expectResult(await examineAs(NEEDED, keys), 'permissions', 'fail');
    expect(found.fix).toContain('~rs:*');
  });

  it('names both', async () => {
    const results = await examineAs([...NEEDED, '-zadd', '-time'], '~other:*');
    const { detail } = expectResult(results, 'permissions', 'fail');
    expect(detail).toContain('+time +zadd ~rs:*');
  });

  it('passes every check for a user who may read INFO and CONFIG', async () => {
    const results = await examineAs([...NEEDED, '+info', '+config|get', '+ping', '+role']);
    expect(notPassed(results)).toEqual([]);
  });
});
