import { Controller, Get } from '@nestjs/common';
import { RateLimit, type HttpConfig, type LimiterConfig } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { limits, serve, times, windowOf, type Served } from '../support/http/serve.js';

const DRAFT = ['ratelimit-policy', 'ratelimit'];
const LEGACY = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];

@Controller()
class PageController {
  @Get('one')
  @RateLimit('login_ip')
  one(): string {
    return 'one';
  }

  @Get('several')
  @RateLimit('login_ip', 'burst', 'daily')
  several(): string {
    return 'several';
  }

  @Get('unlimited')
  unlimited(): string {
    return 'unlimited';
  }
}

const LIMITERS: Readonly<Record<string, LimiterConfig>> = {
  login_ip: windowOf(10),
  burst: { ratePerSecond: 2, burst: 4 },
  daily: windowOf(1_000, { windowSeconds: 86_400 }),
};

function pages(adapter: Adapter, http: HttpConfig = {}, clock = new FakeClock()): Promise<Served> {
  const config = limits(LIMITERS, http);
  return serve(adapter, { controllers: [PageController], rateSync: { config }, clock });
}

function namesOf(headers: Readonly<Record<string, string>>): string[] {
  return [...DRAFT, ...LEGACY].filter((name) => name in headers);
}

describe.each(ADAPTERS)('the headers of a limited route on $name', (adapter) => {
  it('describe one limit as the draft does', async () => {
    const { get } = await pages(adapter);
    const { headers } = await get('/one');
    expect(headers['ratelimit-policy']).toBe('"login_ip";q=10;w=300');
    expect(headers['ratelimit']).toBe('"login_ip";r=9;t=300');
  });

  it('describe several limits in the order in which they are written', async () => {
    const { get } = await pages(adapter);
    const { headers } = await get('/several');
    expect(headers['ratelimit-policy']).toBe(
      '"login_ip";q=10;w=300, "burst";q=4;w=2, "daily";q=1000;w=86400',
    );
    expect(headers['ratelimit']).toBe(
      '"login_ip";r=9;t=300, "burst";r=3;t=1, "daily";r=999;t=86400',
    );
  });

  it('speak of the limit with the fewest units left', async () => {
    const { get } = await pages(adapter);
    const { headers } = await get('/several');
    expect(headers).toMatchObject({ 'x-ratelimit-limit': '4', 'x-ratelimit-remaining': '3' });
  });

  it('report the limit with the longest wait when the request is denied', async () => {
    const clock = new FakeClock();
    const { get } = await pages(adapter, {}, clock);
    await times(4, () => get('/several'));
    await times(6, () => get('/one'));
    const { status, headers } = await get('/several');
    expect(status).toBe(429);
    expect(headers).toMatchObject({
      ratelimit: '"login_ip";r=0;t=300, "burst";r=0;t=1, "daily";r=996;t=86400',
      'x-ratelimit-limit': '10',
      'x-ratelimit-remaining': '0',
      'retry-after': '300',
    });
  });

  it('tell the reset as a moment, in whole seconds of Unix time', async () => {
    const { get } = await pages(adapter);
    const beforeMs = Date.now();
    const { headers } = await get('/one');
    const reset = Number(headers['x-ratelimit-reset']);
    expect(headers['x-ratelimit-reset']).toMatch(/^\d{10}$/);
    expect(reset).toBeGreaterThanOrEqual(Math.ceil(beforeMs / 1000 + 300));
    expect(reset).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000 + 300));
  });

  it('count down as time passes', async () => {
    const clock = new FakeClock();
    const { get } = await pages(adapter, {}, clock);
    await get('/one');
    clock.advance(100_400);
    expect((await get('/one')).headers['ratelimit']).toBe('"login_ip";r=8;t=200');
  });

  it.each([
    { headers: ['draft', 'legacy'] as const, expected: [...DRAFT, ...LEGACY] },
    { headers: ['draft'] as const, expected: DRAFT },
    { headers: ['legacy'] as const, expected: LEGACY },
    { headers: [], expected: [] },
  ])('are of the families $headers, allowed and refused', async ({ headers, expected }) => {
    const { get } = await pages(adapter, { headers });
    const allowed = await get('/one');
    await times(9, () => get('/one'));
    const refused = await get('/one');
    expect([allowed.status, refused.status]).toEqual([200, 429]);
    expect(namesOf(allowed.headers)).toEqual(expected);
    expect(namesOf(refused.headers)).toEqual(expected);
    expect(refused.headers).toMatchObject({ 'retry-after': '300', 'cache-control': 'no-store' });
  });

  it('are not there where nothing is limited', async () => {
    const { get } = await pages(adapter);
    const { headers } = await get('/unlimited');
    expect(namesOf(headers)).toEqual([]);
    expect(headers).not.toHaveProperty('retry-after');
  });

  it('never ask an allowed request to come back later', async () => {
    const { get } = await pages(adapter);
    const { headers } = await get('/one');
    expect(headers).not.toHaveProperty('retry-after');
    expect(headers['cache-control']).not.toBe('no-store');
  });
});
