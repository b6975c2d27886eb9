import { describe, expect, it } from 'vitest';
import { aLimiter, aRateSync, settled, slots, stateOf } from '../../test/support/limiters.js';
import { windowOf } from '../../test/properties/counter.js';
import type { Limiter } from './limiter.js';

type Call = (limiter: Limiter, identifier: string, cost?: number) => Promise<unknown>;

/** Every call of a limiter, with values that the types exclude. */
const calls: readonly (readonly [string, Call])[] = [
  ['consume', (limiter, identifier, cost) => limiter.consume(identifier, { cost })],
  ['tryAcquire', (limiter, identifier, cost) => limiter.tryAcquire(identifier, { cost })],
  ['acquire', (limiter, identifier, cost) => limiter.acquire(identifier, { cost })],
  ['run', (limiter, identifier, cost) => limiter.run(identifier, () => 1, { cost })],
  ['refund', (limiter, identifier, cost) => limiter.refund(identifier, cost)],
];
const callsWithoutCost: readonly (readonly [string, Call])[] = [
  ...calls,
  ['peek', (limiter, identifier) => limiter.peek(identifier)],
  ['reset', (limiter, identifier) => limiter.reset(identifier)],
];

const wrongIdentifiers = [null, 5, Number.NaN, true, {}, ['a'], Symbol('a'), () => 'a', 5n];
const wrongCosts = [null, -1, 1.5, Number.NaN, Infinity, '5', {}, [1], true, 2 ** 53, 5n];

/** Calls, and fails if that throws at once instead of rejecting. */
function rejection(call: () => Promise<unknown>): Promise<unknown> {
  let promise: Promise<unknown> | undefined;
  expect(() => {
    promise = call();
  }).not.toThrow();
  return promise!.then(
    () => expect.fail('it was accepted'),
    (error: unknown) => error,
  );
}

describe.each(callsWithoutCost)('%s', (_, call) => {
  it.each(wrongIdentifiers.map((identifier) => [identifier]))(
    'rejects the identifier %o with a typed error',
    async (identifier) => {
      const { limiter } = aLimiter(windowOf(5, 1_000));
      const error = await rejection(() => call(limiter, identifier as string));
      expect(error).toMatchObject({ code: 'RATE_SYNC_INVALID_IDENTIFIER' });
      expect(String(error)).toContain('limiter "api"');
    },
  );
});

describe.each(calls)('%s', (_, call) => {
  it.each(wrongCosts.map((cost) => [cost]))(
    'rejects the cost %o with a typed error',
    async (cost) => {
      const { limiter } = aLimiter(windowOf(5, 1_000));
      const error = await rejection(() => call(limiter, 'a', cost as number));
      expect(error).toMatchObject({ code: 'RATE_SYNC_INVALID_COST' });
      expect(await limiter.peek('a')).toMatchObject({ remaining: 5, resetAfterMs: 0 });
    },
  );
});

describe('acquire', () => {
  it('rejects a cost that can never pass with CostExceedsLimitError', async () => {
    const { limiter } = aLimiter(windowOf(5, 1_000));
    for (const cost of [6, 1e9, Number.MAX_SAFE_INTEGER]) {
      const error = await rejection(() => limiter.acquire('a', { cost }));
      expect(error).toMatchObject({ code: 'RATE_SYNC_COST_EXCEEDS_LIMIT' });
    }
    expect(await limiter.tryAcquire('a', { cost: 6 })).toBeNull();
  });

  it('rejects an invalid cost at once, also behind waiting calls', async () => {
    const { limiter } = aLimiter(slots(1));
    const holder = await limiter.acquire('a');
    const waiter = limiter.acquire('a');
    await settled();
    const state = await stateOf(limiter.acquire('a', { cost: 1.5 }));
    expect(state).toMatchObject({ code: 'RATE_SYNC_INVALID_COST' });
    await holder.release();
    await (await waiter).release();
  });

  it.each([Number.NaN, '5', {}].map((timeoutMs) => [timeoutMs]))(
    'rejects the timeout %o, and takes nothing',
    async (timeoutMs) => {
      const { limiter } = aLimiter(windowOf(5, 1_000));
      const wrong = { timeoutMs: timeoutMs as number };
      const error = await rejection(() => limiter.acquire('a', wrong));
      expect(error).toMatchObject({ code: 'RATE_SYNC_INVALID_USAGE' });
      expect(await limiter.peek('a')).toMatchObject({ remaining: 5 });
    },
  );
});

describe('a composite and a pipeline', () => {
  const config = {
    stores: { main: { strategy: 'memory' } },
    limiters: { api: { algorithm: 'sliding_window', limit: 5, windowSeconds: 1 } },
  } as const;

  it.each(wrongCosts.map((cost) => [cost]))(
    'reject the cost %o before anything is taken',
    async (cost) => {
      const { rateSync } = await aRateSync(config);
      const wrong = { limiter: 'api', identifier: 'b', cost: cost as number };
      const composite = () =>
        rateSync.limiters.consumeAll([{ limiter: 'api', identifier: 'a' }, wrong]);
      const pipeline = () =>
        rateSync.limiters.pipeline().consume('api', 'a').consume('api', 'b', wrong).execute();
      for (const call of [composite, pipeline]) {
        expect(await rejection(call)).toMatchObject({ code: 'RATE_SYNC_INVALID_COST' });
      }
      expect(await rateSync.limiters.get('api').peek('a')).toMatchObject({ remaining: 5 });
    },
  );

  it.each(wrongIdentifiers.map((identifier) => [identifier]))(
    'reject the identifier %o before anything is taken',
    async (identifier) => {
      const { rateSync } = await aRateSync(config);
      const wrong = identifier as string;
      const requests = [
        { limiter: 'api', identifier: 'a' },
        { limiter: 'api', identifier: wrong },
      ];
      const composite = () => rateSync.limiters.consumeAll(requests);
      const pipeline = () =>
        rateSync.limiters.pipeline().consume('api', 'a').consume('api', wrong).execute();
      for (const call of [composite, pipeline]) {
        expect(await rejection(call)).toMatchObject({ code: 'RATE_SYNC_INVALID_IDENTIFIER' });
      }
      expect(await rateSync.limiters.get('api').peek('a')).toMatchObject({ remaining: 5 });
    },
  );

  it('reject an unknown limiter before anything is taken', async () => {
    const { rateSync } = await aRateSync(config);
    const requests = [
      { limiter: 'api', identifier: 'a' },
      { limiter: 'apu', identifier: 'a' },
    ];
    const pipeline = () =>
      rateSync.limiters.pipeline().consume('api', 'a').consume('apu', 'a').execute();
    for (const call of [() => rateSync.limiters.consumeAll(requests), pipeline]) {
      expect(await rejection(call)).toMatchObject({ code: 'RATE_SYNC_UNKNOWN_LIMITER' });
    }
    expect(await rateSync.limiters.get('api').peek('a')).toMatchObject({ remaining: 5 });
  });

  it('reject an empty composite, and return no decisions for an empty pipeline', async () => {
    const { rateSync } = await aRateSync(config);
    const error = await rejection(() => rateSync.limiters.consumeAll([]));
    expect(error).toMatchObject({ code: 'RATE_SYNC_INVALID_USAGE' });
    expect(await rateSync.limiters.pipeline().execute()).toEqual([]);
  });
});
