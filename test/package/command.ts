import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { RedisServer } from '../support/redis/redis-server.js';
import type { Consumer } from './consumer.js';

/** Expects that the command works as it was installed, on the project's own `rate-sync.toml`. */
export async function expectCommand(app: Consumer): Promise<void> {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  expect(await app.rateSync(['--version'])).toBe(`${version}\n`);
  const redis = await RedisServer.start({ args: ['--appendonly', 'yes'] });
  try {
    const env = { REDIS_URL: redis.url, RATE_SYNC_CONFIG: 'src/rate-sync.toml' };
    expect(await app.rateSync(['validate'], env)).toMatch(/^login_ip +2 in 60 s +main \(redis\)/m);
    expect(await app.rateSync(['doctor'], env)).toMatch(/^pass {2}enforcement \(main\)/m);
    const caller = ['login_ip', '192.0.2.1'];
    expect(await app.rateSync(['inspect', ...caller], env)).toMatch(/^used +0 of 2$/m);
    expect(await app.rateSync(['reset', ...caller, '--yes'], env)).toMatch(/^used +0 of 2$/m);
    const traffic = ['--identifiers', '1000', '--rps', '10', '--json'];
    expect(JSON.parse(await app.rateSync(['plan', ...traffic], env))).toMatchObject({ rps: 10 });
  } finally {
    await redis.stop();
  }
}
