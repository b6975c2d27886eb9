import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StoreConfig } from '../../src/config/index.js';
import { hashIdentifier } from '../../src/identifiers/identifier.js';
import { runCli } from '../support/command-line.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/redis/temporary-folder.js';
import { CANARY, examine, expectResult, storeOf } from './doctor/examine.js';
import { expectEveryOperation } from './topology-operations.js';
import { closeSubjects, rateSyncOver } from './topology-subject.js';

const ADDRESS = '203.0.113.7';

let server: RedisServer;
let folder: TemporaryFolder;
beforeAll(async () => {
  server = await RedisServer.start();
  folder = await makeTemporaryFolder('hash-secret');
});
beforeEach(() => server.command('FLUSHALL'));
afterEach(closeSubjects);
afterAll(() => Promise.all([server.stop(), folder.remove()]));

const secretTag = createHmac('sha256', CANARY).update(ADDRESS).digest('base64url').slice(0, 22);

/** The keys that count, without those of probes. */
async function keys(): Promise<readonly string[]> {
  const all = (await server.command('KEYS', '*')) as string[];
  return all.filter((key) => !key.endsWith(':probe'));
}

async function consume(store: StoreConfig, times: number): Promise<readonly boolean[]> {
  const rateSync = await rateSyncOver({ url: server.url, ...store });
  const calls = Array.from({ length: times }, () =>
    rateSync.limiters.get('window').consume(ADDRESS),
  );
  return (await Promise.all(calls)).map(({ allowed }) => allowed);
}

describe('D15: the keys of a store', () => {
  it('hold the HMAC of the identifier with a secret', async () => {
    const rateSync = await rateSyncOver({ url: server.url, hashSecret: CANARY });
    await expectEveryOperation(rateSync);
    await server.command('FLUSHALL');
    await consume({ hashSecret: CANARY }, 2);
    expect(await keys()).toEqual([`rs:v1:{${secretTag}}window:w`]);
  });

  it('stay as they were without one, so that counts survive', async () => {
    await consume({}, 1);
    expect(await keys()).toEqual([`rs:v1:{${hashIdentifier(ADDRESS)}}window:w`]);
  });

  it('are shared by processes with the same secret, and by no others', async () => {
    expect(await consume({ hashSecret: CANARY }, 3)).toEqual([true, true, true]);
    expect(await consume({ hashSecret: CANARY }, 1)).toEqual([false]);
    expect(await consume({}, 1)).toEqual([true]);
    expect(await consume({ hashSecret: 'another' }, 1)).toEqual([true]);
  });

  it('hold it on a client of the application too', async () => {
    const client = new Redis(server.url);
    await consume({ url: undefined, client, hashSecret: CANARY }, 1);
    client.disconnect();
    expect(await keys()).toEqual([`rs:v1:{${secretTag}}window:w`]);
  });
});

describe('D15: rate-sync', () => {
  const limiter =
    '[limiters.window]\nalgorithm = "sliding_window"\nlimit = 3\nwindow_seconds = 600\n';
  const env = { HASH_SECRET: CANARY };

  async function run(command: string, ...args: readonly string[]) {
    const path = join(folder.path, 'rate-sync.toml');
    const keysOfStore = `url = "${server.url}"\nhash_secret = "\${HASH_SECRET}"`;
    await writeFile(path, storeOf(keysOfStore, limiter));
    const ran = await runCli([command, 'window', ...args, '--config', path, '--json'], env);
    expect(ran.out + ran.err).not.toContain(CANARY);
    return JSON.parse(ran.out) as Record<string, unknown>;
  }

  it('inspects and resets by the secret', async () => {
    await consume({ hashSecret: CANARY }, 3);
    expect(await run('inspect', ADDRESS)).toMatchObject({ used: 3, allowed: false });
    const { before, after } = await run('reset', ADDRESS, '--yes');
    expect([before, after]).toMatchObject([{ used: 3 }, { used: 0 }]);
    expect(await keys()).toEqual([]);
  });

  it('plans keys of the same length', async () => {
    const traffic = ['--identifiers', '1000', '--rps', '10'];
    const { total } = await run('plan', ...traffic);
    const path = join(folder.path, 'plain.toml');
    await writeFile(path, storeOf(`url = "${server.url}"`, limiter));
    const plain = await runCli(['plan', ...traffic, '--config', path, '--json']);
    expect(JSON.parse(plain.out)).toMatchObject({ total });
  });
});

describe('D15: rate-sync doctor', () => {
  const lines = (secret: string): string => `url = "${server.url}"\n${secret}`;
  const limiterBy = (source: string): string =>
    `[limiters.any]\nrate_per_second = 1\ntimeout = 5\nidentify_by = ${source}\n`;

  it.each(['"ip"', '"user:id"', '["global", "body:email"]'])(
    'recommends a secret for limiters by %s',
    async (source) => {
      const results = await examine(storeOf(lines(''), limiterBy(source)));
      const { detail, fix } = expectResult(results, 'hash-secret', 'warn');
      expect(detail).toContain('any: keys hold a plain hash');
      expect(fix).toContain('hash_secret');
    },
  );

  it('has no advice for identifiers that cannot be guessed, or with a secret', async () => {
    const shared = await examine(storeOf(lines(''), limiterBy('"global"')));
    expectResult(shared, 'hash-secret', 'pass');
    const results = await examine(storeOf(lines(`hash_secret = "${CANARY}"`)));
    expectResult(results, 'hash-secret', 'pass');
  });

  it('warns of a secret that is as easy to guess', async () => {
    const results = await examine(storeOf(lines('hash_secret = "hunter2"')));
    const { detail, fix } = expectResult(results, 'hash-secret', 'warn');
    expect(`${detail} ${fix ?? ''}`).not.toContain('hunter2');
  });
});
