import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RatePolicy } from '../../src/core/policy.js';
import { KeyNames } from '../../src/stores/redis/protocol/keys.js';
import { bucketOf, take, windowOf } from './operations.js';
import { ScriptRunner, SERVER_TIME } from './script-runner.js';

const names = new KeyNames('rs', null);
const tag = names.hashTagOf('203.0.113.194.1');

let script: ScriptRunner;
beforeAll(async () => {
  script = await ScriptRunner.start();
});
afterAll(() => script.stop());

/** The key of a limiter `login_ip` and an identifier of 15 characters. */
function keyOf(policy: RatePolicy): string {
  return names.units('login_ip', tag, policy);
}

/** What the key and its value occupy, in bytes. */
async function sizeOf(key: string): Promise<number> {
  return Number(await script.command('MEMORY', 'USAGE', key));
}

describe('what an identifier occupies', () => {
  it.each([
    ['untouched but for one call', 1],
    ['exhausted', 10],
  ])('under a token bucket, %s: at most 110 bytes', async (_, cost) => {
    const key = keyOf({ algorithm: 'token_bucket', ratePerSecond: 0.1, burst: 10 });
    await script.command('DEL', key);
    await script.ask(SERVER_TIME, take(bucketOf(key, 10_000_000, 10), { cost }));
    expect(await sizeOf(key)).toBeLessThanOrEqual(110);
  });

  it.each([
    [10, 200],
    [100, 800],
    [10_000, 70_000],
  ])('under a full window of %i: at most %i bytes', async (limit, bytes) => {
    const windowMs = 600_000;
    const key = keyOf({ algorithm: 'sliding_window', limit, windowMs });
    await script.command('DEL', key);
    const window = windowOf(key, limit, windowMs);
    for (let unit = 0; unit < limit; unit += limit / 10) {
      const [code] = await script.ask(SERVER_TIME, take(window, { cost: limit / 10 }));
      expect(code).toBe(1);
    }
    expect((await script.ask(SERVER_TIME, take(window)))[0]).toBe(0);
    expect(await sizeOf(key)).toBeLessThanOrEqual(bytes);
  });

  it('under a window of 10,000 after one call: at most 200 bytes', async () => {
    const key = keyOf({ algorithm: 'sliding_window', limit: 10_000, windowMs: 600_000 });
    await script.command('DEL', key);
    await script.ask(SERVER_TIME, take(windowOf(key, 10_000, 600_000)));
    expect(await sizeOf(key)).toBeLessThanOrEqual(200);
  });
});
