import { Controller, Get } from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { eventually } from '../support/http/eventually.js';
import {
  answers,
  commandedStores,
  deferred,
  gate,
  rejects,
} from '../support/http/commanded-store.js';
import { serve, statuses, times, windowOf } from '../support/http/serve.js';
import { nextTurn, unhandledRejections } from '../support/http/unhandled.js';

const config = {
  stores: { main: { strategy: 'memory' }, spare: { strategy: 'memory' } },
  limiters: {
    slots: { storeId: 'main', maxConcurrent: 2, identifyBy: 'global', leaseSeconds: 30 },
    near: windowOf(1, { storeId: 'main' }),
    far: windowOf(1, { storeId: 'spare', failClosed: true }),
    paced: {
      storeId: 'main',
      ratePerSecond: 1,
      burst: 5,
      maxConcurrent: 1,
      identifyBy: 'global',
      timeout: 0.05,
      failClosed: true,
    },
  },
} as const;

async function app(adapter: Adapter) {
  const clock = new FakeClock();
  const stores = commandedStores();
  const entered = deferred();
  const leave = deferred();

  @Controller()
  class ExportController {
    @Get('near')
    @RateLimit('slots', 'near')
    near(): string {
      return 'ok';
    }

    @Get('far')
    @RateLimit('slots', 'far')
    far(): string {
      return 'ok';
    }

    @Get('paced')
    @RateLimit('paced')
    async paced(): Promise<string> {
      entered.resolve();
      await leave.promise;
      return 'ok';
    }
  }

  const served = await serve(adapter, {
    controllers: [ExportController],
    rateSync: { config },
    openStore: stores.openStore,
    clock,
  });
  return {
    ...served,
    clock,
    entered,
    leave,
    store: (id = 'main') => stores.store(id),
    free: async (id: string) => (await served.rateSync.getLimiter(id).peek()).remaining,
  };
}

describe.each(ADAPTERS)('a slot beside other limits on $name', (adapter) => {
  it.each(['/near', '/far'])('is not kept when the other limit denies: %s', async (path) => {
    const { get, free } = await app(adapter);
    const replies = await times(6, () => get(path));
    expect(statuses(replies)).toEqual([200, 429, 429, 429, 429, 429]);
    await eventually(() => free('slots')).toBe(2);
  });

  it('is not kept when the other limit fails closed', async () => {
    const { get, free, store } = await app(adapter);
    store('spare').behaviour = rejects;
    expect(statuses(await times(6, () => get('/far')))).toEqual(Array<number>(6).fill(503));
    expect(await free('slots')).toBe(2);
  });

  it('is asked together with the units of its own limiter, in one question', async () => {
    const { get, entered, leave, store } = await app(adapter);
    const first = get('/paced');
    await entered.promise;
    const refused = await get('/paced');
    expect(refused.status).toBe(429);
    expect(store().batches).toBe(2);
    leave.resolve();
    expect((await first).status).toBe(200);
    await eventually(() => store().returned.length).toBe(1);
    expect((await get('/paced')).headers['ratelimit']).toMatch(/^"paced";r=3;/);
  });
});

describe.each(ADAPTERS)('a slot over time on $name', (adapter) => {
  it('is held as long as its handler runs, however long a lease is', async () => {
    const { get, clock, entered, leave, free } = await app(adapter);
    const long = get('/paced');
    await entered.promise;
    await clock.advanceAndSettle(10 * 30_000);
    expect((await get('/paced')).status).toBe(429);
    leave.resolve();
    expect((await long).status).toBe(200);
    await eventually(() => free('paced')).toBeGreaterThan(0);
    expect((await get('/paced')).status).toBe(200);
  });

  it('comes back when the store answers too late to be heard', async () => {
    const { get, clock, store } = await app(adapter);
    const slow = gate();
    store().behaviour = slow.behaviour;
    const unheard = get('/paced');
    await slow.asked;
    await clock.advanceAndSettle(50);
    await clock.advanceAndSettle(0);
    expect((await unheard).status).toBe(503);
    slow.open();
    store().behaviour = answers;
    await nextTurn();
    expect(store().taken).toHaveLength(1);
    expect(store().returned).toEqual(store().taken);
  });

  it('is released when another guard responds while the decision is pending', async () => {
    const stores = commandedStores();
    const slow = gate();

    @Controller()
    class SlowController {
      @Get()
      @RateLimit('slots')
      read(): string {
        return 'ok';
      }
    }

    const { get } = await serve(adapter, {
      controllers: [SlowController],
      rateSync: { config },
      openStore: stores.openStore,
      prepare: (app) => {
        app.use((_request: unknown, response: RawResponse, next: () => void) => {
          void slow.asked.then(() => {
            response.writeHead(504).end('too slow');
          });
          next();
        });
      },
    });
    stores.store().behaviour = slow.behaviour;
    const unhandled = await unhandledRejections(async () => {
      expect((await get('/')).status).toBe(504);
      slow.open();
      await eventually(() => stores.store().returned.length).toBe(1);
    });
    expect(unhandled).toEqual([]);
    expect(stores.store().returned).toEqual(stores.store().taken);
  });
});

interface RawResponse {
  writeHead(status: number): { end(text: string): void };
}
