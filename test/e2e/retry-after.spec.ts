import { Controller, Get } from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { limits, serve, times, windowOf } from '../support/http/serve.js';

@Controller()
class PageController {
  @Get('window')
  @RateLimit('window')
  window(): string {
    return 'ok';
  }

  @Get('fast')
  @RateLimit('fast')
  fast(): string {
    return 'ok';
  }

  @Get('odd')
  @RateLimit('odd')
  odd(): string {
    return 'ok';
  }

  @Get('slow')
  @RateLimit('slow')
  slow(): string {
    return 'ok';
  }

  @Get('too-much')
  @RateLimit({ limiter: 'window', cost: 3 })
  tooMuch(): string {
    return 'ok';
  }

  @Get('too-much-at-once')
  @RateLimit({ limiter: 'odd', cost: 8 })
  tooMuchAtOnce(): string {
    return 'ok';
  }
}

const config = limits({
  window: windowOf(2),
  fast: { ratePerSecond: 50, burst: 1 },
  odd: { ratePerSecond: 0.7, burst: 7 },
  slow: { ratePerSecond: 0.28, burst: 7 },
});

async function pages(adapter: Adapter) {
  const clock = new FakeClock();
  const parts = { controllers: [PageController], rateSync: { config }, clock };
  return { clock, ...(await serve(adapter, parts)) };
}

describe.each(ADAPTERS)('Retry-After on $name', (adapter) => {
  it('is rounded up, never down', async () => {
    const { get, clock } = await pages(adapter);
    await times(2, () => get('/window'));
    clock.advance(1);
    const refused = await get('/window');
    expect(refused.headers['retry-after']).toBe('300');
    expect(refused.json).toMatchObject({ retryAfterMs: 299_999 });
  });

  it('is at least one second, however short the wait', async () => {
    const { get } = await pages(adapter);
    await get('/fast');
    const refused = await get('/fast');
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.json).toMatchObject({
      message: 'Too many requests. Try again in 1 second.',
      retryAfterMs: 20,
    });
  });

  it('is exact: a retry is allowed then, and not a millisecond earlier', async () => {
    const { get, clock } = await pages(adapter);
    await times(2, () => get('/window'));
    clock.advance(299_999);
    expect((await get('/window')).status).toBe(429);
    clock.advance(1);
    expect((await get('/window')).status).toBe(200);
  });

  it('is never before the moment that RateLimit promises', async () => {
    const { get } = await pages(adapter);
    await times(7, () => get('/odd'));
    const { headers } = await get('/odd');
    const promised = Number(/;t=(\d+)/.exec(headers['ratelimit'] ?? '')?.[1]);
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(promised);
  });

  it('is a number also for a cost that can never pass, and the body says null', async () => {
    const { get } = await pages(adapter);
    const refused = await get('/too-much');
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('300');
    expect(refused.json).toMatchObject({ limiter: 'window', retryAfterMs: null });
  });

  it('is the time in which the bucket fills for a cost that no bucket holds', async () => {
    const { get } = await pages(adapter);
    const refused = await get('/too-much-at-once');
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('10');
  });

  it('a cost that can never pass takes nothing, however often it is tried', async () => {
    const { get } = await pages(adapter);
    await times(5, () => get('/too-much'));
    expect((await get('/window')).headers['ratelimit']).toBe('"window";r=1;t=300');
  });
});

describe.each(ADAPTERS)('the policy of a bucket on $name', (adapter) => {
  it('names the seconds in which it fills', async () => {
    const { get } = await pages(adapter);
    expect((await get('/odd')).headers['ratelimit-policy']).toBe('"odd";q=7;w=10');
  });

  it('names them whatever the rounding of the division', async () => {
    const { get } = await pages(adapter);
    expect(7 / 0.28).not.toBe(25);
    expect((await get('/slow')).headers['ratelimit-policy']).toBe('"slow";q=7;w=25');
  });

  it('leaves the window out where that is no whole number of seconds', async () => {
    const { get } = await pages(adapter);
    expect((await get('/fast')).headers['ratelimit-policy']).toBe('"fast";q=1');
  });
});
