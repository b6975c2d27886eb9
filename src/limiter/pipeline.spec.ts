import { describe, expect, it } from 'vitest';
import { aRateSync } from '../../test/support/limiters.js';

const config = {
  stores: { main: { strategy: 'memory' }, other: { strategy: 'memory' } },
  limiters: {
    ip: { storeId: 'main', algorithm: 'sliding_window', limit: 2, windowSeconds: 10 },
    api: { storeId: 'other', ratePerSecond: 5, burst: 5 },
  },
} as const;

describe('a pipeline', () => {
  it('makes independent calls and returns decisions in their order', async () => {
    const { rateSync } = await aRateSync(config);
    const decisions = await rateSync.limiters
      .pipeline()
      .consume('ip', 'a')
      .consume('api', 'a', { cost: 3 })
      .consume('ip', 'b')
      .consume('ip', 'a')
      .consume('api', 'a', { cost: 3 })
      .consume('ip', 'a')
      .consume('api', 'a', { cost: 0 })
      .consume('ip')
      .execute();
    expect(decisions).toMatchObject([
      { limiterId: 'ip', allowed: true, remaining: 1 },
      { limiterId: 'api', allowed: true, remaining: 2 },
      { limiterId: 'ip', allowed: true, remaining: 1 },
      { limiterId: 'ip', allowed: true, remaining: 0 },
      { limiterId: 'api', allowed: false, remaining: 2, retryAfterMs: 200 },
      { limiterId: 'ip', allowed: false, remaining: 0 },
      { limiterId: 'api', allowed: true, remaining: 2 },
      { limiterId: 'ip', allowed: true, remaining: 1 },
    ]);
  });

  it('takes the grant of one call although another is denied', async () => {
    const { rateSync } = await aRateSync(config);
    const pipeline = rateSync.limiters
      .pipeline()
      .consume('ip', 'a', { cost: 3 })
      .consume('api', 'a');
    expect((await pipeline.execute()).map(({ allowed }) => allowed)).toEqual([false, true]);
    expect(await rateSync.limiters.get('api').peek('a')).toMatchObject({ remaining: 4 });
  });

  it('does nothing before it is executed, and is empty afterwards', async () => {
    const { rateSync } = await aRateSync(config);
    const pipeline = rateSync.limiters.pipeline().consume('ip', 'a');
    expect(await rateSync.limiters.get('ip').peek('a')).toMatchObject({ remaining: 2 });
    expect(await pipeline.execute()).toHaveLength(1);
    expect(await pipeline.execute()).toEqual([]);
    pipeline.consume('ip', 'a');
    expect(await pipeline.execute()).toMatchObject([{ remaining: 0 }]);
  });

  it('decides each of 1,000 calls', async () => {
    const { rateSync } = await aRateSync(config);
    const pipeline = rateSync.limiters.pipeline();
    for (let call = 0; call < 1_000; call++) pipeline.consume('api', 'a');
    const decisions = await pipeline.execute();
    expect(decisions.map(({ allowed }) => allowed).lastIndexOf(true)).toBe(4);
    expect(decisions).toHaveLength(1_000);
  });
});
