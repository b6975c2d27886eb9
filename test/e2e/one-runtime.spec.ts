import { Controller, Get, Injectable, Module, type DynamicModule, type Type } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import {
  InjectLimiter,
  RateLimit,
  RateLimited,
  RateSyncModule,
  RateSyncService,
  type Limiter,
} from '@rate-sync/nestjs';
import { RateSyncTestingModule } from '@rate-sync/nestjs/testing';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { commandedStores } from '../support/http/commanded-store.js';
import { create, limits, serve, statuses, times, windowOf } from '../support/http/serve.js';

const config = limits({ page: windowOf(6), slots: { maxConcurrent: 1, identifyBy: 'global' } });

@Controller()
class PageController {
  @Get()
  @RateLimit('page')
  page(): string {
    return 'ok';
  }

  @Get('slot')
  @RateLimit('slots')
  slot(): string {
    return 'ok';
  }
}

@Injectable()
class PageService {
  constructor(
    @InjectLimiter('page') readonly limiter: Limiter,
    readonly rateSync: RateSyncService,
  ) {}
}

/** A module of the application, with its own imports. */
function moduleCalled(
  name: string,
  imports: (DynamicModule | Type)[],
  providers: Type[] = [],
): DynamicModule {
  const module = { [name]: class {} }[name] as Type;
  return { module, imports, providers, exports: providers };
}

const setUp = (isGlobal = true) => RateSyncModule.forRoot({ config, isGlobal });

describe.each(ADAPTERS)('A1: one runtime for each application on $name', (adapter) => {
  it('stops the start when two modules set one up, and names both', async () => {
    const imports = [moduleCalled('AppModule', [setUp()]), moduleCalled('OrdersModule', [setUp()])];
    const start = create(adapter, { controllers: [PageController], imports });
    await expect(start).rejects.toThrow(/2 times.*in AppModule and in OrdersModule/);
    await expect(start).rejects.toMatchObject({ code: 'RATE_SYNC_INVALID_USAGE' });
  });

  it('says so also when the limiters of the two differ, and opens no store', async () => {
    const stores = commandedStores();
    const other = RateSyncModule.forRootAsync({
      useFactory: () => ({ config: limits({ other: windowOf(1) }) }),
    });
    const start = create(adapter, {
      controllers: [PageController],
      imports: [moduleCalled('AppModule', [setUp()]), moduleCalled('OrdersModule', [other])],
      openStore: stores.openStore,
    });
    await expect(start).rejects.toThrow(/in AppModule and in OrdersModule/);
    expect(() => stores.store()).toThrow();
  });

  it('stops the start when one module sets up two', async () => {
    const start = create(adapter, { imports: [moduleCalled('AppModule', [setUp(), setUp()])] });
    await expect(start).rejects.toThrow(/2 times.*in AppModule\. /);
  });

  it('counts a set-up for tests as one', async () => {
    const testing = RateSyncTestingModule.unlimited({ config });
    const imports = [moduleCalled('AppModule', [setUp()]), moduleCalled('SpecModule', [testing])];
    await expect(create(adapter, { imports })).rejects.toThrow(/in AppModule and in SpecModule/);
  });

  it('takes the same set-up twice for one', async () => {
    const module = setUp();
    const { get } = await serve(adapter, {
      controllers: [PageController],
      imports: [module, moduleCalled('OrdersModule', [module])],
    });
    expect(statuses(await times(7, () => get('/')))).toEqual([200, 200, 200, 200, 200, 200, 429]);
    expect((await get('/slot')).status).toBe(200);
    expect((await get('/slot')).headers['ratelimit']?.match(/"slots"/g)).toHaveLength(1);
  });

  it.each([
    ['a global one', true],
    ['one that is not global', false],
  ])('lets a module refer to %s by the bare class', async (_which, isGlobal) => {
    const { app, get } = await serve(adapter, {
      controllers: [PageController],
      imports: [setUp(isGlobal), moduleCalled('OrdersModule', [RateSyncModule], [PageService])],
    });
    const { limiter, rateSync } = app.get(PageService, { strict: false });
    await limiter.consume('127.0.0.1');
    expect((await get('/')).headers['ratelimit']).toBe('"page";r=4;t=300');
    expect(rateSync).toBe(app.get(RateSyncService, { strict: false }));
    expect(limiter).toBe(rateSync.getLimiter('page'));
  });

  it('lets modules re-export it, as it was set up or as the bare class', async () => {
    const shared = moduleCalled('SharedModule', [setUp(false)]);
    const again = moduleCalled('AgainModule', [RateSyncModule]);
    const imports = [
      moduleCalled('OrdersModule', [{ ...shared, exports: [RateSyncModule] }], [PageService]),
      moduleCalled('UsersModule', [{ ...again, exports: [RateSyncModule] }], [PageService]),
    ];
    const { app } = await serve(adapter, { imports });
    expect(app.get(PageService, { strict: false }).limiter.id).toBe('page');
  });

  it('keeps injected limiters from modules that do not refer to one that is not global', async () => {
    const imports = [setUp(false), moduleCalled('OrdersModule', [], [PageService])];
    await expect(create(adapter, { imports })).rejects.toThrow(
      /can't resolve dependencies of the PageService/,
    );
  });

  it('limits waiting methods of such modules all the same', async () => {
    @Injectable()
    class MailService {
      @RateLimited('page')
      send(): Promise<string> {
        return Promise.resolve('sent');
      }
    }
    const imports = [setUp(false), moduleCalled('MailModule', [], [MailService])];
    const { app, rateSync } = await serve(adapter, { imports });
    await app.get(MailService, { strict: false }).send();
    expect((await rateSync.getLimiter('page').peek()).remaining).toBe(5);
  });

  it('says what is missing when no module sets one up', async () => {
    const start = create(adapter, {
      imports: [moduleCalled('OrdersModule', [RateSyncModule], [PageService])],
    });
    await expect(start).rejects.toThrow(/no module sets it up.*RateSyncModule\.forRoot\(\)/);
  });

  it('serves modules that are loaded later, and rejects their own set-up', async () => {
    @Module({ imports: [RateSyncModule], providers: [PageService] })
    class LaterModule {}
    @Module({ imports: [RateSyncModule.forRoot({ config })] })
    class SecondModule {}

    const imports = [moduleCalled('AppModule', [setUp()])];
    const { app, get } = await serve(adapter, { controllers: [PageController], imports });
    const loader = app.get(LazyModuleLoader);
    const later = await loader.load(() => LaterModule);
    expect(later.get(PageService).rateSync).toBe(app.get(RateSyncService, { strict: false }));
    const second = loader.load(() => SecondModule);
    await expect(second).rejects.toThrow(/in AppModule and in SecondModule/);
    expect((await get('/')).headers['ratelimit']).toBe('"page";r=5;t=300');
  });

  it('keeps two applications of one process apart, whose set-up is one object', async () => {
    const module = setUp();
    const first = await serve(adapter, { controllers: [PageController], imports: [module] });
    const second = await serve(adapter, { controllers: [PageController], imports: [module] });
    await times(6, () => first.get('/'));
    expect((await first.get('/')).status).toBe(429);
    expect((await second.get('/')).headers['ratelimit']).toBe('"page";r=5;t=300');
    await first.app.close();
    expect((await second.get('/')).headers['ratelimit']).toBe('"page";r=4;t=300');
  });

  it('closes its stores once, also where modules refer to it', async () => {
    const stores = commandedStores();
    const { app } = await serve(adapter, {
      imports: [setUp(), moduleCalled('OrdersModule', [RateSyncModule], [PageService])],
      openStore: stores.openStore,
    });
    expect(stores.store().isClosed).toBe(false);
    await app.close();
    expect(stores.store().isClosed).toBe(true);
  });

  it('has checked names and stores before the application is there to listen', async () => {
    const checked: string[] = [];
    const stores = commandedStores((store) => {
      store.checking = () => void checked.push('store');
    });
    await create(adapter, { imports: [setUp()], openStore: stores.openStore });
    expect(checked).toEqual(['store']);
  });
});
