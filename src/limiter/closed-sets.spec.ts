import { describe, expect, it } from 'vitest';
import { aRateSync } from '../../test/support/limiters.js';
import type { RateSync } from '../runtime/rate-sync.js';

/** Calls with values that the types exclude. */
const config = {
  stores: { main: { strategy: 'memory' }, other: { strategy: 'memory' } },
  limiters: {
    api: { storeId: 'main', algorithm: 'sliding_window', limit: 5, windowSeconds: 1 },
    web: { storeId: 'other', algorithm: 'sliding_window', limit: 5, windowSeconds: 1 },
  },
} as const;

const both = [
  { limiter: 'api', identifier: 'a' },
  { limiter: 'web', identifier: 'a' },
];

type Call = (rateSync: RateSync) => unknown;

const CALLS: readonly [what: string, call: Call, message: string][] = [
  ...['all_must_pass', 'each', 'ALL', '', null, 1, {}].map((strategy): [string, Call, string] => [
    `the strategy ${JSON.stringify(strategy)}`,
    (rateSync) => rateSync.limiters.consumeAll(both, { strategy: strategy as 'all' }),
    'the strategy of consumeAll must be "all" or "any", not',
  ]),
  [
    'a misspelt strategy key',
    (rateSync) => rateSync.limiters.consumeAll(both, { stratgey: 'any' } as never),
    'has no "stratgey". Did you mean "strategy"?',
  ],
  [
    'a strategy in place of the options',
    (rateSync) => rateSync.limiters.consumeAll(both, 'any' as never),
    'the options of consumeAll must be an object, not "any"',
  ],
  [
    'a request without a list',
    (rateSync) => rateSync.limiters.consumeAll(both[0] as never),
    'takes a list of requests',
  ],
  [
    'a list that contains a name',
    (rateSync) => rateSync.limiters.consumeAll(['api'] as never),
    'a request of a composite must be an object, not "api"',
  ],
  [
    'a cost in place of the options, in a pipeline',
    (rateSync) =>
      rateSync.limiters
        .pipeline()
        .consume('api', 'a', 3 as never)
        .execute(),
    'the options of consume must be an object, not 3',
  ],
  [
    'a cost in place of the options, in consume',
    (rateSync) => rateSync.limiters.get('api').consume('a', 3 as never),
    'options must be an object, not 3',
  ],
  [
    'a cost in place of the options, in tryAcquire',
    (rateSync) => rateSync.limiters.get('api').tryAcquire('a', 3 as never),
    'options must be an object, not 3',
  ],
  [
    'a timeout in place of the options, in acquire',
    (rateSync) => rateSync.limiters.get('api').acquire('a', 3 as never),
    'the options of acquire must be an object, not 3',
  ],
  [
    'a misspelt timeout key',
    (rateSync) => rateSync.limiters.get('api').acquire('a', { timeout: 3 } as never),
    'has no "timeout". Did you mean "timeoutMs"?',
  ],
  [
    'an invalid signal',
    (rateSync) => rateSync.limiters.get('api').acquire('a', { signal: {} as AbortSignal }),
    'signal must be an AbortSignal',
  ],
  [
    'no function to run',
    (rateSync) => rateSync.limiters.get('api').run('a', undefined as never),
    'must be a function, not undefined',
  ],
];

describe('A8: a value outside of a closed set', () => {
  it.each(CALLS)('is rejected and takes nothing: %s', async (_what, call, message) => {
    const { rateSync } = await aRateSync(config);
    const error: unknown = await Promise.resolve()
      .then(() => call(rateSync))
      .then(
        () => expect.fail('it was accepted'),
        (reason: unknown) => reason,
      );
    expect(error).toMatchObject({ code: 'RATE_SYNC_INVALID_USAGE' });
    expect(String(error)).toContain(message);
    expect(await rateSync.limiters.get('api').peek('a')).toMatchObject({ remaining: 5 });
    expect(await rateSync.limiters.get('web').peek('a')).toMatchObject({ remaining: 5 });
  });

  it.each([{ strategy: undefined }, { strategy: 'any' as const }, undefined])(
    'accepts the options %o',
    async (options) => {
      const { rateSync } = await aRateSync(config);
      expect(await rateSync.limiters.consumeAll(both, options)).toMatchObject({ allowed: true });
    },
  );
});
