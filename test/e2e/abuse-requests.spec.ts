import { Controller, Get, Post, type Type } from '@nestjs/common';
import { RateLimit, type RateLimitContext } from '@rate-sync/nestjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { capacityOf, costOf, histories, policies, timeOf } from '../properties/arbitraries.js';
import { aStore, Counter } from '../properties/counter.js';
import { excess, type Passed } from '../properties/rules.js';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { openRaw, type RawRequest } from '../support/http/client.js';
import { answers, commandedStores, gate } from '../support/http/commanded-store.js';
import { eventually } from '../support/http/eventually.js';
import { limits, serve, statuses, times, windowOf } from '../support/http/serve.js';
import { unhandledRejections } from '../support/http/unhandled.js';
import { aRateSync } from '../support/limiters.js';

const LIMIT = 5;

type Priced = RateLimitContext<{ readonly body: { readonly cost?: number } }>;

@Controller()
class LoginController {
  @Post('auth/login')
  @RateLimit('login')
  login(): string {
    return 'welcome';
  }

  @Get('page/:id')
  @RateLimit('page')
  page(): string {
    return 'page';
  }

  @Post('batch')
  @RateLimit({ limiter: 'login', cost: ({ request }: Priced) => request.body.cost ?? 1 })
  batch(): string {
    return 'done';
  }
}

function app(adapter: Adapter, clock = new FakeClock(1_000_000)) {
  const rateSync = { config: limits({ login: windowOf(LIMIT), page: windowOf(LIMIT) }) };
  return serve(adapter, { controllers: [LoginController], rateSync, clock });
}

const LOGIN: RawRequest = { method: 'POST', path: '/auth/login' };

const DISGUISES: readonly RawRequest[] = [
  ...['/%61uth/login', '/auth%2flogin', '//auth/login', '/auth//login', '/auth/login/'],
  ...['/AUTH/LOGIN', '/auth/./login', '/x/../auth/login', '/auth/login?n=1', '/auth/login;n=1'],
].map((path) => ({ ...LOGIN, path }));

const OVERRIDDEN: RawRequest = { ...LOGIN, headers: { 'x-http-method-override': 'GET' } };

/** Two classes of one name, with a method of one name, as two modules may have. */
function twin(path: string, limiter: string): Type {
  @Controller(path)
  class TwinController {
    @Get()
    @RateLimit(limiter)
    read(): string {
      return path;
    }
  }
  return TwinController;
}

describe.each(ADAPTERS)('abuse with requests on $name', (adapter) => {
  it.each([...DISGUISES, OVERRIDDEN])('A11: $path is the same handler and bucket', async (as) => {
    const { raw } = await app(adapter);
    const replies = await times(LIMIT * 4, (n) => raw(n % 2 === 0 ? as : LOGIN));
    expect(statuses(replies).filter((status) => status === 201)).toHaveLength(LIMIT);
    expect(replies.map(({ text }) => text).filter((text) => text === 'welcome')).toHaveLength(
      LIMIT,
    );
    expect([400, 404, 429]).toContain((await raw(as)).status);
  });

  it('A11: GET and HEAD of all pages share a bucket; OPTIONS reaches no handler', async () => {
    const { raw } = await app(adapter);
    const replies = await times(LIMIT * 3, (n) =>
      raw({ method: ['GET', 'HEAD', 'OPTIONS'][n % 3]!, path: `/page/${String(n)}` }),
    );
    expect(statuses(replies).filter((status) => status === 200)).toHaveLength(LIMIT);
    expect((await raw({ method: 'HEAD', path: '/page/x' })).status).toBe(429);
  });

  it('A12: two controllers with equal names keep rules and buckets of their own', async () => {
    const { get } = await serve(adapter, {
      controllers: [twin('first', 'few'), twin('second', 'many')],
      rateSync: { config: limits({ few: windowOf(1), many: windowOf(3) }) },
    });
    expect(statuses(await times(2, () => get('/first')))).toEqual([200, 429]);
    expect(statuses(await times(4, () => get('/second')))).toEqual([200, 200, 200, 429]);
  });

  it('A16: a burst at the end of a window is not followed by another one', async () => {
    const clock = new FakeClock(1_000_000);
    const { post } = await app(adapter, clock);
    await post('/auth/login');
    clock.advance(299_999);
    const before = await times(LIMIT, () => post('/auth/login'));
    clock.advance(1);
    const after = await times(LIMIT, () => post('/auth/login'));
    expect(statuses(before)).toEqual([201, 201, 201, 201, 429]);
    expect(statuses(after)).toEqual([201, 429, 429, 429, 429]);
  });

  it('A17: a retry exactly after Retry-After is allowed, every time', async () => {
    const clock = new FakeClock(1_000_123);
    const { post } = await app(adapter, clock);
    await times(LIMIT, () => post('/auth/login'));
    for (let time = 0; time < 10; time++) {
      const { status, headers } = await post('/batch', { cost: LIMIT });
      expect(status).toBe(429);
      clock.advance(Number(headers['retry-after']) * 1_000);
      expect((await post('/batch', { cost: LIMIT })).status).toBe(201);
    }
  });

  it('A24: a request that costs more than ever fits is denied at once and takes nothing', async () => {
    const { post } = await app(adapter);
    const replies = await times(10, () => post('/batch', { cost: 1e9 }));
    for (const { status, headers } of replies) {
      expect(status).toBe(429);
      expect(headers['retry-after']).toMatch(/^\d{1,3}$/);
    }
    expect((await post('/batch', { cost: LIMIT })).status).toBe(201);
  });

  it.each([-1, -1e9, 1.5, '3', null, {}])(
    'A24: a cost of %j that a sender chooses counts 1, and gives nothing back',
    async (cost) => {
      const { post } = await app(adapter);
      const replies = await times(LIMIT + 1, () => post('/batch', { cost }));
      expect(statuses(replies)).toEqual([201, 201, 201, 201, 201, 429]);
    },
  );

  it('A25: a client that leaves while it is checked gives its slot back once', async () => {
    @Controller()
    @RateLimit('slots')
    class SlotController {
      @Get()
      read(): string {
        return 'ok';
      }
    }
    const stores = commandedStores();
    const { url, get, rateSync } = await serve(adapter, {
      controllers: [SlotController],
      rateSync: { config: limits({ slots: { maxConcurrent: 1, identifyBy: 'global' } }) },
      openStore: stores.openStore,
    });
    const store = stores.store();
    const unhandled = await unhandledRejections(async () => {
      const slow = gate();
      store.behaviour = slow.behaviour;
      const sent = openRaw(url, { path: '/' });
      sent.on('error', () => undefined);
      await slow.asked;
      sent.destroy();
      slow.open();
      store.behaviour = answers;
      await eventually(() => store.returned.length).toBe(1);
    });
    expect(unhandled).toEqual([]);
    expect(store.returned).toEqual(store.taken);
    expect((await get('/')).status).toBe(200);
    await eventually(() => store.returned.length).toBe(2);
    expect(new Set(store.returned).size).toBe(2);
    expect((await rateSync.getLimiter('slots').peek()).remaining).toBe(1);
  });
});

it('A16: whatever the burst and the moment, no interval has more than its bound', () => {
  fc.assert(
    fc.property(policies, histories(['wait', 'take', 'take']), (policy, steps) => {
      const counter = new Counter(policy);
      const passed: Passed[] = [];
      for (const step of steps) {
        const units = costOf(policy, step);
        if (step.kind === 'wait') counter.clock.advance(timeOf(policy, step));
        else if (counter.take('a', units)) passed.push({ atMs: counter.clock.nowMs(), units });
      }
      expect(excess(policy, passed)).toBe(0);
    }),
  );
});

it('A17: a call is admitted at the millisecond that its denial named, and not one before', () => {
  fc.assert(
    fc.property(policies, fc.integer({ min: 1, max: 12 }), (policy, wanted) => {
      const counter = new Counter(policy, aStore());
      const cost = Math.min(wanted, capacityOf(policy));
      counter.exhaust('a');
      const { retryAfterMs } = counter.decide('a', { cost });
      counter.clock.advance(retryAfterMs - 1);
      expect(counter.take('a', cost)).toBe(false);
      counter.clock.advance(1);
      expect(counter.take('a', cost)).toBe(true);
    }),
  );
});

it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', null, {}])(
  'A24: a cost of %s in code is an error and takes nothing',
  async (cost) => {
    const { rateSync } = await aRateSync(limits({ one: windowOf(LIMIT) }));
    const one = rateSync.limiters.get('one');
    const call = (async () => one.consume('ada', { cost: cost as never }))();
    await expect(call).rejects.toMatchObject({ code: 'RATE_SYNC_INVALID_COST' });
    expect((await one.peek('ada')).remaining).toBe(LIMIT);
  },
);

it('A24: a cost of 0 looks, and one that never fits is denied as such and takes nothing', async () => {
  const { rateSync } = await aRateSync(limits({ one: windowOf(LIMIT) }));
  const one = rateSync.limiters.get('one');
  expect(await one.consume('ada', { cost: 0 })).toMatchObject({ allowed: true, remaining: LIMIT });
  const never = await one.consume('ada', { cost: 1e9 });
  expect(never).toMatchObject({ allowed: false, retryAfterMs: Infinity, remaining: LIMIT });
});
