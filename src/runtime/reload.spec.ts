import { describe, expect, it } from 'vitest';
import type { RateSyncConfig } from '../config/index.js';
import { createRateSync } from './create-rate-sync.js';

function configOf(limiter: NonNullable<RateSyncConfig['limiters']>[string]): RateSyncConfig {
  return { stores: { main: { strategy: 'memory' } }, limiters: { login: limiter } };
}

const ten = configOf({ algorithm: 'sliding_window', limit: 10, windowSeconds: 60 });

describe('reload', () => {
  it('changes a limit while the application runs, and keeps the counts', async () => {
    const rateSync = await createRateSync({ config: ten });
    const limiter = rateSync.limiters.get('login');
    await limiter.consume('ada', { cost: 8 });

    await rateSync.reload(configOf({ algorithm: 'sliding_window', limit: 20, windowSeconds: 60 }));
    expect(await limiter.peek('ada')).toMatchObject({ limit: 20, remaining: 12 });

    await rateSync.reload(configOf({ algorithm: 'sliding_window', limit: 5, windowSeconds: 60 }));
    expect(await limiter.peek('ada')).toMatchObject({ limit: 5, remaining: 0, allowed: false });
  });

  it('keeps the time that a token bucket needs to recover', async () => {
    const rateSync = await createRateSync({
      config: configOf({ ratePerSecond: 0.001, burst: 10 }),
    });
    const limiter = rateSync.limiters.get('login');
    await limiter.consume('ada', { cost: 10 });
    await rateSync.reload(configOf({ ratePerSecond: 0.001, burst: 15 }));
    expect(await limiter.peek('ada')).toMatchObject({ limit: 15, remaining: 5 });
  });

  it('changes nothing when the new configuration is invalid', async () => {
    const rateSync = await createRateSync({ config: ten });
    const wrong = configOf({ algorithm: 'sliding_window', limit: -1, windowSeconds: 60 });
    await expect(rateSync.reload(wrong)).rejects.toThrow('RATE_SYNC_INVALID_CONFIG');
    expect(rateSync.limiters.get('login').policy).toMatchObject({ limit: 10 });
  });

  it.each([
    ['a new limiter', { limiters: { login: { ratePerSecond: 1 }, more: { ratePerSecond: 1 } } }],
    ['a removed limiter', { limiters: { other: { ratePerSecond: 1 } } }],
    ['another identify_by', { limiters: { login: { ratePerSecond: 1, identifyBy: 'global' } } }],
    [
      'another store',
      {
        stores: { main: { strategy: 'memory' }, second: { strategy: 'memory' } },
        limiters: { login: { storeId: 'second', ratePerSecond: 1 } },
      },
    ],
  ] satisfies [string, Partial<RateSyncConfig>][])(
    'requires a restart for %s',
    async (_name, change) => {
      const rateSync = await createRateSync({ config: ten });
      const config = { stores: ten.stores, ...change };
      await expect(rateSync.reload(config)).rejects.toThrow(/Restart instead/);
      expect(rateSync.limiters.get('login').policy).toMatchObject({ limit: 10 });
    },
  );
});
