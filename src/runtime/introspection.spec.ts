import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.js';
import { createRateSync } from './create-rate-sync.js';
import type { RateSync } from './rate-sync.js';

const started: RateSync[] = [];

/** Two limiters over process memory, from an object that the test keeps. */
async function aRateSync(config = aConfig()): Promise<RateSync> {
  const rateSync = await createRateSync({ config, clock: new FakeClock(1_000_000) });
  started.push(rateSync);
  return rateSync;
}

function aConfig() {
  return {
    stores: { main: { strategy: 'memory' as const } },
    limiters: {
      page: {
        algorithm: 'sliding_window' as const,
        limit: 2,
        windowSeconds: 60,
        maxConcurrent: 3,
        identifyBy: ['ip', 'header:x-key'] as const,
      },
      api: { ratePerSecond: 1, burst: 2 },
    },
  };
}

/** Writes to a returned object, bypassing its type. */
function assign(target: object, key: string, value: unknown): void {
  Object.assign(target, { [key]: value });
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((rateSync) => rateSync.close()));
});

describe('A10: returned objects cannot change a limiter', () => {
  it.each([
    ['a limit', 'page', 'limit', 9],
    ['a window', 'page', 'windowMs', 1],
    ['an algorithm', 'page', 'algorithm', 'token_bucket'],
    ['a burst', 'api', 'burst', 9],
    ['a rate', 'api', 'ratePerSecond', 9],
  ])('%s of a policy cannot be written', async (_what, limiterId, key, value) => {
    const rateSync = await aRateSync();
    const limiter = rateSync.limiters.get(limiterId);
    const listed = rateSync.listLimiters().find(({ id }) => id === limiterId);
    for (const policy of [limiter.policy, listed?.policy ?? {}]) {
      expect(() => {
        assign(policy, key, value);
      }).toThrow(TypeError);
    }
    await limiter.consume('ada');
    await limiter.consume('ada');
    expect(await limiter.consume('ada')).toMatchObject({ allowed: false, limit: 2 });
  });

  it('slots of a policy, sources of identifiers and descriptions cannot be written', async () => {
    const rateSync = await aRateSync();
    const [listed] = rateSync.listLimiters();
    const [store] = rateSync.listStores();
    const [report] = await rateSync.health.reports();
    const handedOut = [
      listed,
      listed?.policy.concurrency,
      listed?.identifyBy,
      rateSync.limiters.get('page').policy.concurrency,
      store,
      report,
      report?.nodes,
    ];
    for (const each of handedOut) expect(each).toSatisfy(Object.isFrozen);
  });

  it('the id of a limiter cannot be written', async () => {
    const limiter = (await aRateSync()).limiters.get('page');
    expect(() => {
      assign(limiter, 'id', 'api');
    }).toThrow(TypeError);
  });

  it('a returned list is a copy', async () => {
    const rateSync = await aRateSync();
    rateSync.listLimiters().length = 0;
    rateSync.listStores().length = 0;
    expect(rateSync.listLimiters()).toHaveLength(2);
    expect(rateSync.listStores()).toHaveLength(1);
  });

  it('a configuration object may be changed after it was read', async () => {
    const config = aConfig();
    const rateSync = await aRateSync(config);
    config.limiters.page.limit = 9;
    assign(config.limiters.page, 'identifyBy', 'global');
    expect(rateSync.listLimiters()[0]).toMatchObject({
      policy: { limit: 2 },
      identifyBy: ['ip', 'header:x-key'],
    });
  });

  it('a policy of a reload is as frozen as the first', async () => {
    const rateSync = await aRateSync();
    const config = aConfig();
    config.limiters.page.limit = 5;
    await rateSync.reload(config);
    const { policy } = rateSync.limiters.get('page');
    expect(policy).toMatchObject({ limit: 5 });
    expect(policy).toSatisfy(Object.isFrozen);
  });
});
