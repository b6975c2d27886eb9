import { Controller, Get, Injectable, Module, type DynamicModule, type Type } from '@nestjs/common';
import {
  InjectLimiter,
  isConfigurationError,
  RateLimit,
  RateSyncModule,
  RateSyncService,
  type Limiter,
  type RateSyncConfig,
  type RateSyncModuleOptions,
  type RateSyncOptionsFactory,
} from '@rate-sync/nestjs';
import { describe, expect, it, vi } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { create, limits, serve, windowOf } from '../support/http/serve.js';

@Controller()
class PageController {
  @Get()
  @RateLimit('page')
  page(): string {
    return 'ok';
  }
}

const LIMITS = Symbol('limits');

@Module({
  providers: [{ provide: LIMITS, useValue: limits({ page: windowOf(7) }) }],
  exports: [LIMITS],
})
class SettingsModule {}

@Injectable()
class SevenPages implements RateSyncOptionsFactory {
  createRateSyncOptions(): RateSyncModuleOptions {
    return { config: limits({ page: windowOf(7) }) };
  }
}

@Module({ providers: [SevenPages], exports: [SevenPages] })
class FactoryModule {}

const WAYS: readonly [way: string, module: () => DynamicModule][] = [
  ['forRoot', () => RateSyncModule.forRoot({ config: limits({ page: windowOf(7) }) })],
  [
    'forRootAsync with a factory',
    () =>
      RateSyncModule.forRootAsync({ useFactory: () => new SevenPages().createRateSyncOptions() }),
  ],
  [
    'forRootAsync with a factory that is given what it needs',
    () =>
      RateSyncModule.forRootAsync({
        imports: [SettingsModule],
        inject: [LIMITS],
        useFactory: async (config: RateSyncConfig) => Promise.resolve({ config }),
      }),
  ],
  ['forRootAsync with a class', () => RateSyncModule.forRootAsync({ useClass: SevenPages })],
  [
    'forRootAsync with a provider that exists',
    () => RateSyncModule.forRootAsync({ imports: [FactoryModule], useExisting: SevenPages }),
  ],
];

@Injectable()
class PageService {
  constructor(
    @InjectLimiter('page') readonly limiter: Limiter,
    readonly rateSync: RateSyncService,
  ) {}
}

/** A module of the application, with its own imports. */
function feature(provider: Type, imports: DynamicModule[] = []): DynamicModule {
  class FeatureModule {}
  return { module: FeatureModule, imports, providers: [provider], exports: [provider] };
}

describe.each(ADAPTERS)('RateSyncModule on $name', (adapter) => {
  it.each(WAYS)('limits routes when it is set up by %s', async (_way, module) => {
    const { get } = await serve(adapter, { controllers: [PageController], imports: [module()] });
    expect((await get('/')).headers['ratelimit']).toBe('"page";r=6;t=300');
  });

  it.each([
    [
      'forRoot',
      () => RateSyncModule.forRoot({ config: limits({ page: windowOf(7) }), globalGuard: false }),
    ],
    [
      'forRootAsync',
      () => RateSyncModule.forRootAsync({ useClass: SevenPages, globalGuard: false }),
    ],
  ])('leaves the guard to the application when %s disables it', async (_way, module) => {
    const { get } = await serve(adapter, { controllers: [PageController], imports: [module()] });
    expect((await get('/')).headers).not.toHaveProperty('ratelimit');
  });

  it('finds its file by $RATE_SYNC_CONFIG, and variables in the given env', async () => {
    const env = { RATE_SYNC_CONFIG: 'rate-sync.toml', REDIS_URL: '' };
    const { rateSync } = await serve(adapter, { rateSync: { env } });
    const ids = rateSync.listLimiters().map(({ id }) => id);
    expect(ids).toEqual(['public', 'authenticated', 'login_ip', 'login_credential']);
  });

  it('serves limiters to all modules', async () => {
    const { app } = await serve(adapter, {
      imports: [feature(PageService)],
      rateSync: { config: limits({ page: windowOf(7) }) },
    });
    const { limiter, rateSync } = app.get(PageService, { strict: false });
    expect(limiter).toBe(rateSync.getLimiter('page'));
  });

  it('serves them only to modules that import it when it is not global', async () => {
    const rateSync = { config: limits({ page: windowOf(7) }), isGlobal: false };
    const module = RateSyncModule.forRoot(rateSync);
    const { app } = await serve(adapter, { imports: [feature(PageService, [module])] });
    expect(app.get(PageService, { strict: false }).limiter.id).toBe('page');
    const elsewhere = create(adapter, { imports: [module, feature(PageService)] });
    await expect(elsewhere).rejects.toThrow(/can't resolve dependencies of the PageService/);
  });

  it('keeps two applications of one process apart', async () => {
    @Controller()
    class ImportController {
      constructor(@InjectLimiter('only_here') readonly limiter: Limiter) {}

      @Get()
      async read(): Promise<number> {
        return (await this.limiter.consume('ada')).remaining;
      }
    }
    const seven = await serve(adapter, {
      controllers: [PageController],
      rateSync: { config: limits({ page: windowOf(7) }) },
    });
    const two = await serve(adapter, {
      controllers: [PageController],
      rateSync: { config: limits({ page: windowOf(2) }, { headers: ['legacy'] }) },
    });
    const other = await serve(adapter, {
      controllers: [ImportController],
      rateSync: { config: limits({ only_here: windowOf(9) }) },
    });
    expect((await two.get('/')).headers).toMatchObject({ 'x-ratelimit-remaining': '1' });
    expect((await two.get('/')).headers).not.toHaveProperty('ratelimit');
    expect((await seven.get('/')).headers['ratelimit']).toBe('"page";r=6;t=300');
    expect((await other.get('/')).text).toBe('8');
    await two.app.close();
    expect((await seven.get('/')).headers['ratelimit']).toBe('"page";r=5;t=300');
  });
});

describe.each(ADAPTERS)('a configuration that is wrong on $name', (adapter) => {
  const wrong = {
    stores: { main: { strategy: 'memory' } },
    limiters: {
      page: { algorithm: 'sliding_window', limit: 0, windowSeconds: 300 },
      other: { ratePerSecond: 1, storeId: 'mian' },
    },
  } as const;

  it('stops the start before anything listens, and lists everything', async () => {
    const listening = vi.fn();
    const start = create(adapter, { controllers: [PageController], rateSync: { config: wrong } });
    const error: unknown = await start.then(listening, (reason: unknown) => reason);
    expect(listening).not.toHaveBeenCalled();
    expect(isConfigurationError(error)).toBe(true);
    expect(String(error)).toMatch(/^ConfigurationError: RATE_SYNC_INVALID_CONFIG: 2 problems/);
    expect(String(error)).toContain('limiters.page.limit');
    expect(String(error)).toContain('"main"');
  });

  it('stops the start when its file is not there', async () => {
    const start = create(adapter, { rateSync: { config: './no-such-file.toml' } });
    await expect(start).rejects.toThrow('no-such-file.toml');
  });

  it.each([
    [{ limiter: 'page', by: 'body' }, 'cannot identify callers by "body"'],
    [{ limiter: 'page', by: [] }, 'by'],
    [{ limiter: 'page', cost: -1 }, 'must be a whole number'],
    [{ limiter: 7 }, 'needs a `limiter`'],
  ])('stops the start when a default rule is %o', async (rule, message) => {
    const config = limits({ page: windowOf(7) });
    const defaultLimiters = [rule] as never;
    const start = create(adapter, { rateSync: { config, defaultLimiters } });
    await expect(start).rejects.toThrow(message);
  });
});
