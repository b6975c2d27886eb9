import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from '../support/redis/redis-server.js';
import { consumerApp, type Consumer } from './consumer.js';
import { run } from './run.js';
import { expectServed } from './served.js';

/** The first app takes the ES modules of the package along, the second one what is CommonJS. */
const APPS = [
  ['nest12-bundled', ['esbuild, an ES module', 'esbuild, CommonJS', 'webpack', 'ncc']],
  ['nest11-bundled', ['esbuild, CommonJS', 'ncc']],
] as const;
const BUNDLING_TIMEOUT_MS = 120_000;

describe.each(APPS)('B4: the app %s', (name, bundlers) => {
  const app = consumerApp(name);

  beforeAll(async () => {
    await app.script('build');
  }, BUNDLING_TIMEOUT_MS);

  it.each(bundlers)(
    'limits in Redis when %s has packed everything, minified',
    async (bundler) => {
      const redis = await RedisServer.start();
      // Far from its packages: what the bundle left behind is not found.
      const folder = await mkdtemp(join(tmpdir(), 'rate-sync-bundle-'));
      try {
        const file = await bundled(app, bundler, folder);
        expectServed(await reportOf(file, folder, redis.url));
        expect(await redis.command('KEYS', 'rs:v1:*login_ip:w')).toHaveLength(2);
      } finally {
        await rm(folder, { recursive: true, force: true });
        await redis.stop();
      }
    },
    BUNDLING_TIMEOUT_MS,
  );
});

async function bundled(app: Consumer, BUNDLER: string, BUNDLE_FOLDER: string): Promise<string> {
  return (await app.script('bundle', { BUNDLER, BUNDLE_FOLDER })).trim();
}

async function reportOf(file: string, cwd: string, url: string): Promise<unknown> {
  return JSON.parse(await run(process.execPath, [file], { cwd, env: { REDIS_URL: url } }));
}
