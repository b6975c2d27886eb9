import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createRateSync } from '../../src/runtime/create-rate-sync.js';
import type { RateSync } from '../../src/runtime/rate-sync.js';
import { makeTemporaryFolder } from '../support/redis/temporary-folder.js';
import { kitText } from './kit.js';

/** The four limiters of production, and how many units each gives at once. */
export const CAPACITIES = {
  public: 100,
  authenticated: 300,
  login_ip: 10,
  login_credential: 5,
} as const;

/**
 * Opens `rate-sync.production.toml` with these variables. A check may take longer than in
 * production, because the machine that runs the tests is busy.
 */
export async function openProduction(env: Readonly<Record<string, string>>): Promise<RateSync> {
  const text = kitText('rate-sync.production.toml')
    .replaceAll('timeout = 0.1', 'timeout = 5')
    .replace('strategy = "redis"', 'strategy = "redis"\ndecision_timeout = 5');
  const folder = await makeTemporaryFolder('production');
  const config = join(folder.path, 'rate-sync.toml');
  await writeFile(config, text);
  try {
    return await createRateSync({ config, env });
  } finally {
    await folder.remove();
  }
}

/** Two instances of an app together get from each limiter what it gives, and not a unit more. */
export async function expectFourLimits(env: Readonly<Record<string, string>>): Promise<void> {
  const [one, other] = [await openProduction(env), await openProduction(env)];
  try {
    for (const instance of [one, other]) await instance.check();
    for (const [limiterId, capacity] of Object.entries(CAPACITIES)) {
      const who = randomUUID();
      // In one call each: buckets fill up again while a test goes on.
      const most = await one.limiters.get(limiterId).consume(who, { cost: capacity });
      expect(most, limiterId).toMatchObject({ reason: 'within_limit', remaining: 0 });
      const next = await other.limiters.get(limiterId).consume(who, { cost: capacity });
      expect(next, limiterId).toMatchObject({ reason: 'over_limit', limit: capacity });
    }
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
}
