import { describe, expect, it } from 'vitest';
import { Controller, Get, Module } from '@nestjs/common';
import { RateLimit, RateSyncModule } from '@rate-sync/nestjs';
import { manyTimes, statuses, times } from '../support/http/serve.js';
import { AppModule as ApiKeyModule } from './limit-by-api-key/app.module.js';
import { AppModule as InternalModule } from './internal-addresses/app.module.js';
import { AppModule as PlanModule } from './limits-per-plan/app.module.js';
import { serveRecipe } from './recipe.js';

describe('limit by API key', () => {
  it('counts each key for itself', async () => {
    const { get } = await serveRecipe('limit-by-api-key', ApiKeyModule);
    await manyTimes(100, () => get('/api/orders', { 'x-api-key': 'ada' }));
    const denied = await get('/api/orders', { 'x-api-key': 'ada' });
    expect(denied).toMatchObject({ status: 429, json: { limiter: 'api_key' } });
    expect((await get('/api/orders', { 'x-api-key': 'bob' })).status).toBe(200);
  });

  it('stops made-up keys by the limit of the address', async () => {
    const { get } = await serveRecipe('limit-by-api-key', ApiKeyModule);
    const madeUp = (n: number) => get('/api/orders', { 'x-api-key': `made up ${String(n)}` });
    await manyTimes(300, madeUp);
    expect(await madeUp(301)).toMatchObject({ status: 429, json: { limiter: 'api_address' } });
  });
});

describe('limits per plan', () => {
  const start = () => serveRecipe('limits-per-plan', PlanModule);
  const as = (token: string) => ({ authorization: `Bearer ${token}` });

  it('counts each user by the limit of the plan', async () => {
    const { get } = await start();
    const free = await times(11, () => get('/search', as('ada.free')));
    expect(statuses(free)).toEqual([...Array<number>(10).fill(200), 429]);
    expect(free[10]?.json).toMatchObject({ limiter: 'plan_free' });
    const paid = await times(11, () => get('/search', as('bob.paid')));
    expect(statuses(paid)).toEqual(Array<number>(11).fill(200));
    expect((await get('/search', as('eve.free'))).status).toBe(200);
  });

  it('takes nothing from requests that are not authenticated', async () => {
    const { get } = await start();
    expect(statuses(await times(12, () => get('/search')))).toEqual(Array<number>(12).fill(401));
  });
});

describe('internal addresses', () => {
  const start = () => serveRecipe('internal-addresses', InternalModule, { trustProxy: 'loopback' });
  const from = (address: string) => ({ 'x-forwarded-for': address });

  it.each(['10.1.2.3', '::ffff:10.1.2.3', '192.168.7.7', 'fd00::7'])(
    'does not limit %s',
    async (address) => {
      const { get } = await start();
      const replies = await manyTimes(120, () => get('/articles', from(address)));
      expect(new Set(statuses(replies))).toEqual(new Set([200]));
    },
  );

  it('limits all others', async () => {
    const { get } = await start();
    await manyTimes(100, () => get('/articles', from('203.0.113.7')));
    expect((await get('/articles', from('203.0.113.7'))).status).toBe(429);
  });

  it('opens a route to internal addresses only', async () => {
    const { get } = await start();
    expect((await get('/admin', from('10.1.2.3'))).status).toBe(200);
    expect((await get('/admin', from('203.0.113.7'))).status).toBe(403);
  });
});

describe('behind Cloudflare', () => {
  @Controller()
  class PageController {
    @Get()
    @RateLimit('public')
    page(): string {
      return 'page';
    }
  }

  @Module({ imports: [RateSyncModule.forRoot()], controllers: [PageController] })
  class PageModule {}

  const EDGE = '173.245.48.9';
  const left = async (get: Awaited<ReturnType<typeof serveRecipe>>['get'], forwarded: string) =>
    (await get('/', { 'x-forwarded-for': forwarded })).headers['x-ratelimit-remaining'];

  it('counts by the address that Cloudflare has seen, whatever the client claims', async () => {
    const { get } = await serveRecipe('behind-cloudflare', PageModule);
    expect(await left(get, `203.0.113.7, ${EDGE}`)).toBe('99');
    expect(await left(get, `198.51.100.1, 203.0.113.7, ${EDGE}`)).toBe('98');
    expect(await left(get, `203.0.113.8, ${EDGE}`)).toBe('99');
  });

  it('counts what did not come through Cloudflare by its own address', async () => {
    const { get } = await serveRecipe('behind-cloudflare', PageModule);
    expect(await left(get, '203.0.113.7, 198.51.100.9')).toBe('99');
    expect(await left(get, '203.0.113.8, 198.51.100.9')).toBe('98');
  });
});
