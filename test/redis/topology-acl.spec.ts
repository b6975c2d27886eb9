import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RedisStore } from '../../src/stores/redis/redis-store.js';
import { describeStoreContract } from '../../src/testing/index.js';
import { redisSettings } from '../support/redis-settings.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { connectionsOf } from './topology-connections.js';
import { expectEveryOperation, works } from './topology-operations.js';
import { closeSubjects, PATIENCE, rateSyncOver } from './topology-subject.js';

/** The commands of the script, in alphabetical order. */
const SCRIPT =
  '+del +get +getrange +pexpire +set +setrange +time ' +
  '+zadd +zcard +zcount +zrange +zrem +zremrangebyscore +zscore';

/** All rights that a user of a store needs. HELLO and AUTH need no rule. */
const NEEDED = `-@all +evalsha +eval +client|setname ${SCRIPT}`;

const JOBS = {
  algorithm: 'concurrency',
  concurrency: { maxConcurrent: 2, leaseMs: 1_000 },
} as const;

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
  await setUser(`~rs:* ${NEEDED}`);
});
beforeEach(async () => {
  await server.command('FLUSHALL');
  await server.command('ACL', 'LOG', 'RESET');
});
afterEach(closeSubjects);
afterAll(() => server.stop());

async function setUser(rules: string, name = 'limits'): Promise<void> {
  await server.command('ACL', 'SETUSER', name, 'reset', 'on', '>s3cret', ...rules.split(' '));
}

const login = (username = 'limits') => ({ url: server.url, username, password: 's3cret' });

/** The denied commands and keys of a user, from the ACL log. */
async function refused(): Promise<string[]> {
  const log = await server.command('ACL', 'LOG');
  if (!Array.isArray(log)) return [];
  return log.map((entry) => {
    const fields = Array.isArray(entry) ? entry.map(String) : [];
    return fields[fields.indexOf('object') + 1] ?? '';
  });
}

describe('a user with only the rights that a store needs', () => {
  it('does everything, and nothing is refused', async () => {
    const rateSync = await rateSyncOver(login());
    await rateSync.check();
    await expectEveryOperation(rateSync);
    expect(await connectionsOf(server)).toMatchObject([{ user: 'limits' }]);
    expect(await refused()).toEqual([]);
  });

  it('comes from the URL as well', async () => {
    const url = server.url.replace('redis://', 'redis://limits:s3cret@');
    const rateSync = await rateSyncOver({ url });
    await rateSync.check();
    await expectEveryOperation(rateSync);
    expect(await connectionsOf(server)).toMatchObject([{ user: 'limits' }]);
  });

  it('takes the password from $REDIS_PASSWORD', async () => {
    const { url, username } = login();
    const rateSync = await rateSyncOver({ url, username }, { env: { REDIS_PASSWORD: 's3cret' } });
    await rateSync.check();
    expect(await works(rateSync)).toBe(true);
  });

  it('loads the script on a server that has lost it', async () => {
    const rateSync = await rateSyncOver(login());
    await rateSync.check();
    await server.command('SCRIPT', 'FLUSH');
    await expectEveryOperation(rateSync);
    expect(await refused()).toEqual([]);
  });

  it('keeps a slot for longer than a lease', async () => {
    const rateSync = await rateSyncOver(login());
    const who = randomUUID();
    const lease = await rateSync.limiters.get('jobs').tryAcquire(who);
    expect(lease).not.toBeNull();
    const [key] = (await server.command('KEYS', '*jobs:s')) as string[];
    const end = async (): Promise<number> => {
      const [, score] = (await server.command('ZRANGE', key ?? '', 0, 0, 'WITHSCORES')) as string[];
      return Number(score);
    };
    const first = await end();
    await expect.poll(end, PATIENCE).toBeGreaterThan(first + 1_000);
    await lease?.release();
  });

  it('needs one more command for a database other than the first', async () => {
    await setUser(`~rs:* ${NEEDED} +select`, 'elsewhere');
    const rateSync = await rateSyncOver({ ...login('elsewhere'), db: 3 });
    await rateSync.check();
    await expectEveryOperation(rateSync);
    expect(await connectionsOf(server)).toMatchObject([{ user: 'elsewhere', db: '3' }]);
    expect(await refused()).toEqual([]);
  });

  it('works without the right to set a name', async () => {
    await setUser(`~rs:* ${NEEDED} -client|setname`, 'nameless');
    const rateSync = await rateSyncOver(login('nameless'));
    await rateSync.check();
    await expectEveryOperation(rateSync);
    expect(await connectionsOf(server)).toEqual([]);
  });
});

describe('a user who lacks a right', () => {
  it.each([
    ['the script', `~rs:* ${NEEDED} -evalsha -eval`],
    ['the keys', `~other:* ${NEEDED}`],
    ['to write the keys', `%R~rs:* ${NEEDED}`],
    ['a command of the script', `~rs:* ${NEEDED} -set`],
    ['the database', `~rs:* ${NEEDED}`],
  ])('fails the start with a report of the right: %s', async (what, rules) => {
    await setUser(rules, 'short');
    const db = what === 'the database' ? 1 : 0;
    const rateSync = await rateSyncOver({ ...login('short'), db });
    await expect(rateSync.check()).rejects.toMatchObject({ kind: 'noperm', failureCode: 'NOPERM' });
    expect(await works(rateSync)).toBe(false);
    expect(await server.command('DBSIZE')).toBe(0);
  });

  it.each(SCRIPT.split(' '))('D14: is reported at the start, with the name: %s', async (right) => {
    await setUser(`~rs:* ${NEEDED} ${right.replace('+', '-')}`, 'short');
    const rateSync = await rateSyncOver(login('short'));
    await expect(rateSync.check()).rejects.toMatchObject({
      kind: 'noperm',
      failureCode: 'NOPERM',
      // A script calls TIME before anything else, and Redis 7.0 names no command.
      missing: right === '+time' ? (expect.toBeOneOf(['+time', null]) as unknown) : right,
    });
  });

  it('D14: is reported with all missing commands at once', async () => {
    await setUser(`~rs:* ${NEEDED} -zrem -get -zscore`, 'short');
    const rateSync = await rateSyncOver(login('short'));
    await expect(rateSync.check()).rejects.toMatchObject({ missing: '+get +zrem +zscore' });
  });

  it.each([
    ['bucket', '-get'],
    ['window', '-getrange'],
    ['jobs', '-zcount'],
  ])('D14: a right that is lost later is no foreign value: %s, %s', async (limiter, rule) => {
    const seen: string[] = [];
    const observers = [{ onDegraded: ({ kind }: { kind: string }) => void seen.push(kind) }];
    await setUser(`~rs:* ${NEEDED}`, 'short');
    const rateSync = await rateSyncOver(login('short'), { observers });
    await rateSync.check();
    await server.command('ACL', 'SETUSER', 'short', rule);
    await rateSync.limiters.get(limiter).tryAcquire(randomUUID());
    expect(seen).toEqual(['noperm']);
  });

  it.each(['-zrem', '-zscore'])('D14: a release or a renewal fails loudly: %s', async (rule) => {
    await setUser(`~rs:* ${NEEDED}`, 'short');
    const store = new RedisStore(redisSettings(login('short')));
    try {
      await store.check();
      await server.command('ACL', 'SETUSER', 'short', rule);
      const lease = { limiterId: 'jobs', identifier: 'x', leaseId: 'a', leaseMs: 1_000 };
      const grant = { ...lease, policy: JOBS, cost: 0, reservation: null };
      const answer = rule === '-zrem' ? store.release([grant]) : store.renew([lease]);
      await expect(answer).rejects.toMatchObject({ kind: 'noperm' });
    } finally {
      await store.close();
    }
  });

  it('is answered by the failure mode, and works as soon as the rules are right', async () => {
    await setUser(`~other:* ${NEEDED}`, 'short');
    const rateSync = await rateSyncOver({ ...login('short'), circuitBreaker: { timeout: 0.1 } });
    expect(await works(rateSync)).toBe(false);
    await setUser(`~rs:* ${NEEDED}`, 'short');
    await expect.poll(() => works(rateSync), PATIENCE).toBe(true);
    await expectEveryOperation(rateSync);
  });

  it('works on when the rules change meanwhile', async () => {
    const seen: string[] = [];
    const observers = [{ onDegraded: ({ kind }: { kind: string }) => void seen.push(kind) }];
    await setUser(`~rs:* ${NEEDED}`, 'short');
    const rateSync = await rateSyncOver(login('short'), { observers });
    await rateSync.check();
    expect(await works(rateSync)).toBe(true);
    await server.command('ACL', 'SETUSER', 'short', '-set');
    expect(await works(rateSync)).toBe(false);
    expect(seen).toEqual(['noperm']);
    await server.command('ACL', 'SETUSER', 'short', '+set');
    await expect.poll(() => works(rateSync), PATIENCE).toBe(true);
  });
});

const START_US = 1_790_000_000_000_000;

describeStoreContract('RedisStore, as a user who may do only that,', { describe, it }, async () => {
  await server.command('FLUSHALL');
  let nowUs = START_US;
  const settings = redisSettings({ ...login(), decisionTimeout: 5 });
  const store = new RedisStore(settings, { nowUs: () => nowUs });
  await store.check();
  return {
    store,
    advance: (byMs) => {
      nowUs += byMs * 1_000;
    },
    close: () => store.close(),
  };
});
