import { Controller, Get } from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import {
  answers,
  answersTooFew,
  CANARY,
  commandedStores,
  gate,
  hangs,
  rejects,
  rejectsWithSecret,
  throws,
  type Behaviour,
} from '../support/http/commanded-store.js';
import type { Reply } from '../support/http/client.js';
import { manyTimes, serve, statuses, times, windowOf } from '../support/http/serve.js';

@Controller()
class RouteController {
  @Get('open')
  @RateLimit('open')
  open(): string {
    return 'ok';
  }

  @Get('closed')
  @RateLimit('closed')
  closed(): string {
    return 'ok';
  }

  @Get('both')
  @RateLimit('open', 'closed')
  both(): string {
    return 'ok';
  }

  @Get('healthy-and-open')
  @RateLimit('healthy', 'open')
  healthyAndOpen(): string {
    return 'ok';
  }

  @Get('healthy-and-closed')
  @RateLimit('healthy', 'closed')
  healthyAndClosed(): string {
    return 'ok';
  }
}

const config = {
  stores: { main: { strategy: 'memory' }, spare: { strategy: 'memory' } },
  limiters: {
    open: windowOf(3, { storeId: 'main', timeout: 0.05 }),
    closed: windowOf(3, { storeId: 'main', timeout: 0.05, failClosed: true }),
    healthy: windowOf(2, { storeId: 'spare' }),
  },
} as const;

async function app(adapter: Adapter, clock = new FakeClock() as typeof systemClock) {
  const stores = commandedStores();
  const { openStore } = stores;
  const parts = { controllers: [RouteController], rateSync: { config }, openStore, clock };
  return { stores, store: () => stores.store('main'), ...(await serve(adapter, parts)) };
}

const FAILURES: readonly [how: string, behaviour: Behaviour][] = [
  ['cannot be reached', rejects],
  ['fails with a foreign error', rejectsWithSecret],
  ['throws', throws],
  ['leaves requests without a verdict', answersTooFew],
  ['answers nothing', () => Promise.resolve([])],
  ['answers nonsense', () => Promise.resolve(undefined as never)],
  ['fails a little later', () => new Promise((_, reject) => setImmediate(reject))],
];

function expectOpen({ status, text, headers }: Reply): void {
  expect({ status, text }).toEqual({ status: 200, text: 'ok' });
  expect(Object.keys(headers).filter((name) => name.includes('ratelimit'))).toEqual([]);
  expect(headers).not.toHaveProperty('retry-after');
}

function expectClosed({ status, json, headers }: Reply): void {
  expect(status).toBe(503);
  expect(json).toEqual({
    statusCode: 503,
    error: 'Service Unavailable',
    message: 'The rate limiter is unavailable, and this route is closed without it.',
    limiter: 'closed',
    retryAfterMs: 1000,
  });
  expect(headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' });
  expect(Object.keys(headers).filter((name) => name.includes('ratelimit'))).toEqual([]);
}

describe.each(ADAPTERS)('a store that fails on $name', (adapter) => {
  describe.each(FAILURES)('because it %s', (_how, behaviour) => {
    it('lets through what fails open, without headers about limits', async () => {
      const { get, store } = await app(adapter);
      store().behaviour = behaviour;
      for (const reply of await times(6, () => get('/open'))) expectOpen(reply);
    });

    it('denies what fails closed: 503 and never 429', async () => {
      const { get, store } = await app(adapter);
      await times(3, () => get('/closed'));
      store().behaviour = behaviour;
      for (const reply of await times(6, () => get('/closed'))) expectClosed(reply);
    });

    it('denies a route when one of its limits fails closed', async () => {
      const { get, store } = await app(adapter);
      store().behaviour = behaviour;
      expectClosed(await get('/both'));
    });

    it('is forgiven: limits count again with the first answer', async () => {
      const { get, store } = await app(adapter);
      await get('/closed');
      store().behaviour = behaviour;
      await times(9, () => get('/closed'));
      store().behaviour = answers;
      const replies = await times(3, () => get('/closed'));
      expect(statuses(replies)).toEqual([200, 200, 429]);
      expect(replies[0]?.headers['x-ratelimit-remaining']).toBe('1');
    });
  });
});

describe.each(ADAPTERS)('a store that never answers on $name', (adapter) => {
  it('keeps no request waiting longer than the timeout of the limiter', async () => {
    const { get, store } = await app(adapter, systemClock);
    store().behaviour = hangs;
    expectOpen(await get('/open'));
    expectClosed(await get('/closed'));
    const many = await manyTimes(100, () => get('/closed'));
    expect(new Set(statuses(many))).toEqual(new Set([503]));
  });

  it('is asked again for the next request', async () => {
    const clock = new FakeClock();
    const { get, store } = await app(adapter, clock);
    const slow = gate();
    store().behaviour = slow.behaviour;
    const late = get('/closed');
    await slow.asked;
    await clock.advanceAndSettle(50);
    await clock.advanceAndSettle(0);
    expectClosed(await late);
    store().behaviour = answers;
    expect((await get('/closed')).status).toBe(200);
  });
});

describe.each(ADAPTERS)('limits in several stores on $name', (adapter) => {
  it('deny with 429 over a limit, although another store fails closed', async () => {
    const { get, store } = await app(adapter);
    await times(2, () => get('/healthy-and-closed'));
    store().behaviour = rejects;
    const reply = await get('/healthy-and-closed');
    expect(reply.status).toBe(429);
    expect(reply.json).toMatchObject({ limiter: 'healthy', retryAfterMs: 300_000 });
    expect(reply.headers).toMatchObject({
      'ratelimit-policy': '"healthy";q=2;w=300',
      ratelimit: '"healthy";r=0;t=300',
      'x-ratelimit-limit': '2',
    });
  });

  it('take nothing from a healthy store when another one fails closed', async () => {
    const { get, store } = await app(adapter);
    store().behaviour = rejects;
    const refused = await times(5, () => get('/healthy-and-closed'));
    expect(new Set(statuses(refused))).toEqual(new Set([503]));
    store().behaviour = answers;
    expect((await get('/healthy-and-closed')).headers['ratelimit']).toBe(
      '"healthy";r=1;t=300, "closed";r=2;t=300',
    );
  });

  it('go on counting where one store is healthy and another fails open', async () => {
    const { get, store } = await app(adapter);
    store().behaviour = rejects;
    const replies = await times(3, () => get('/healthy-and-open'));
    expect(statuses(replies)).toEqual([200, 200, 429]);
    expect(replies[0]?.headers).toMatchObject({
      ratelimit: '"healthy";r=1;t=300',
      'x-ratelimit-remaining': '1',
    });
  });
});

describe.each(ADAPTERS)('the log of a store that fails on $name', (adapter) => {
  it('has one line per limiter and half minute, at any rate', async () => {
    const clock = new FakeClock();
    const { get, log, store } = await app(adapter, clock);
    const lines = () => log.having('rate_limit_error');
    store().behaviour = rejects;
    await manyTimes(200, () => get('/closed'));
    expect(lines()).toHaveLength(1);
    expect(lines()[0]?.level).toBe('error');
    expect(lines()[0]?.message).toEqual({
      event: 'rate_limit_error',
      limiter_id: 'closed',
      identifier: expect.stringMatching(/^[\w-]{22}$/) as string,
      endpoint: 'GET /closed',
      store_id: 'main',
      kind: 'connection',
      failure_code: 'ECONNREFUSED',
      error: expect.stringContaining('refused') as string,
      error_type: 'StoreUnavailableError',
      mode: 'fail_closed',
      suppressed: 0,
    });
    clock.advance(30_000);
    await manyTimes(50, () => get('/closed'));
    expect(lines().map(({ message }) => (message as { suppressed: number }).suppressed)).toEqual([
      0, 199,
    ]);
  });

  it('never shows the text of a foreign error', async () => {
    const { get, log, store } = await app(adapter);
    store().behaviour = rejectsWithSecret;
    const reply = await get('/both');
    expect(log.having('rate_limit_error')).toHaveLength(2);
    expect(log.text + reply.text + JSON.stringify(reply.headers)).not.toContain(CANARY);
  });

  it('has no error for a request over a limit', async () => {
    const { get, log } = await app(adapter);
    await times(9, () => get('/closed'));
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(log.having('rate_limit_exceeded')).not.toEqual([]);
  });
});
