import { Controller, Get, Injectable } from '@nestjs/common';
import {
  identifierFrom,
  InjectLimiter,
  RateLimit,
  RateLimited,
  RateSyncModule,
  SkipRateLimit,
} from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { commandedStores } from '../support/http/commanded-store.js';
import { create, limits, serve, windowOf } from '../support/http/serve.js';

const config = limits({ a: windowOf(5), b: windowOf(5) });

const DECORATORS: readonly [what: string, decorate: () => unknown, message: string][] = [
  ['@RateLimit(null)', () => RateLimit(null as never), 'must be an object, not null'],
  ['@RateLimit([…])', () => RateLimit(['a', 'b'] as never), 'must be an object, not an array'],
  ['@RateLimit(5)', () => RateLimit(5 as never), 'must be an object, not 5'],
  ['a cost as text', () => RateLimit({ limiter: 'a', cost: '3' as never }), 'whole number'],
  ['a cost of null', () => RateLimit({ limiter: 'a', cost: null as never }), 'whole number'],
  [
    'a source that is a number',
    () => RateLimit({ limiter: 'a', by: ['ip', 5] as never }),
    'cannot identify callers by 5',
  ],
  [
    'a source of null',
    () => RateLimit({ limiter: 'a', by: null as never }),
    'cannot identify callers by null',
  ],
  [
    'a misspelt key of a rule',
    () => RateLimit({ limiter: 'a', costs: 3 } as never),
    'a rate limit rule has no "costs". Did you mean "cost"?',
  ],
  ['@SkipRateLimit([…])', () => SkipRateLimit(['a'] as never), 'takes the ids of limiters'],
  [
    '@SkipRateLimit({ … })',
    () => SkipRateLimit({ a: true } as never),
    "as in @SkipRateLimit('public'), not an object",
  ],
  ['@SkipRateLimit(undefined)', () => SkipRateLimit(undefined as never), 'not undefined'],
  ['@InjectLimiter(undefined)', () => InjectLimiter(undefined as never), 'not undefined'],
  ['@RateLimited()', () => RateLimited(undefined as never), 'the id of a limiter, or a function'],
  [
    '@RateLimited with a source that is text',
    () => RateLimited('a', { by: 'ip' as never }),
    'the `by` of @RateLimited must be a function, not "ip"',
  ],
  [
    '@RateLimited with a timeout that is text',
    () => RateLimited('a', { timeoutMs: '5s' as never }),
    'must be 0 or more, not "5s"',
  ],
  [
    '@RateLimited with a misspelt key',
    () => RateLimited('a', { timeout: 5 } as never),
    'has no "timeout". Did you mean "timeoutMs"?',
  ],
  [
    '@RateLimited on a property',
    () => {
      Reflect.apply(RateLimited('a'), undefined, [{}, 'property', undefined]);
    },
    'belongs on a method',
  ],
  [
    'a source that identifierFrom does not know',
    () => identifierFrom('bdy:email' as never, 'ada'),
    'not "bdy:email"',
  ],
  ['identifierFrom("ip")', () => identifierFrom('ip' as never, 'ada'), 'canonicalIp'],
  [
    'globalGuard as text',
    () => RateSyncModule.forRoot({ config, globalGuard: 'false' as never }),
    'globalGuard must be true or false, not "false"',
  ],
  [
    'isGlobal as text',
    () => RateSyncModule.forRootAsync({ useFactory: () => ({}), isGlobal: 'no' as never }),
    'isGlobal must be true or false, not "no"',
  ],
];

const OPTIONS: readonly [what: string, options: object, message: string][] = [
  [
    'an unknown onStartupFailure',
    { onStartupFailure: 'degraded' },
    'onStartupFailure must be "throw" or "degrade", not "degraded". Did you mean "degrade"?',
  ],
  ['onStartupFailure of true', { onStartupFailure: true }, 'not true'],
  [
    'a misspelt option',
    { onStartUpFailure: 'degrade' },
    'has no "onStartUpFailure". Did you mean "onStartupFailure"?',
  ],
  [
    'an option that the factory cannot decide',
    { globalGuard: false },
    'globalGuard is not an option that the factory returns',
  ],
  ['defaultLimiters that are no list', { defaultLimiters: 'a' }, 'defaultLimiters must be a list'],
  ['a default limiter of null', { defaultLimiters: [null] }, 'must be an object, not null'],
  ['observers that are no list', { observers: {} }, 'observers must be a list, not an object'],
  ['an observer that is a function', { observers: [() => 1] }, 'must be an object, not a function'],
  ['a config that is a number', { config: 5 }, 'config must be a path or an object, not 5'],
];

const HEADERS: readonly unknown[] = [
  { draft: true },
  'draft',
  [{ draft: true }],
  ['Draft'],
  [null],
  ['draft', 'legcy'],
  true,
];

describe('A8: a decorator or a function that is given none of its values', () => {
  it.each(DECORATORS)('throws where it is written: %s', (_what, decorate, message) => {
    expect(decorate).toThrow(message);
    expect(decorate).toThrow('RATE_SYNC_INVALID_USAGE');
  });
});

describe.each(ADAPTERS)('A8: closed sets at the start on $name', (adapter) => {
  it.each(OPTIONS)('stops the start, and opens no store: %s', async (_what, options, message) => {
    const stores = commandedStores();
    const module = RateSyncModule.forRootAsync({ useFactory: () => ({ config, ...options }) });
    const start = create(adapter, { imports: [module], openStore: stores.openStore });
    await expect(start).rejects.toThrow(message);
    await expect(start).rejects.toMatchObject({ code: 'RATE_SYNC_INVALID_USAGE' });
    expect(() => stores.store()).toThrow();
  });

  it.each(HEADERS.map((headers) => [headers]))(
    'stops the start when headers are %o',
    async (headers) => {
      const wrong = limits({ a: windowOf(5) }, { headers: headers as never });
      const start = create(adapter, { rateSync: { config: wrong } });
      await expect(start).rejects.toMatchObject({ code: 'RATE_SYNC_INVALID_CONFIG' });
      await expect(start).rejects.toThrow('http.headers');
    },
  );

  it('lets a function choose the limiter that a method waits for', async () => {
    @Injectable()
    class Mails {
      @RateLimited((kind: string) => kind)
      send(kind: string): Promise<string> {
        return Promise.resolve(`sent ${kind}`);
      }
    }
    const { app, rateSync } = await serve(adapter, { providers: [Mails], rateSync: { config } });
    const mails = app.get(Mails);
    expect(await mails.send('b')).toBe('sent b');
    expect((await rateSync.getLimiter('a').peek()).remaining).toBe(5);
    expect((await rateSync.getLimiter('b').peek()).remaining).toBe(4);
    await expect(mails.send('c')).rejects.toMatchObject({ code: 'RATE_SYNC_UNKNOWN_LIMITER' });
  });

  it('does not let a rule be changed after it was written', async () => {
    const rule = { limiter: 'a', by: ['global' as const] };
    @Controller()
    class PageController {
      @Get()
      @RateLimit(rule)
      page(): string {
        return 'ok';
      }
    }
    rule.limiter = 'b';
    rule.by.length = 0;
    const { get } = await serve(adapter, {
      controllers: [PageController],
      rateSync: { config },
    });
    expect((await get('/')).headers['ratelimit']).toMatch(/^"a"/);
  });
});
