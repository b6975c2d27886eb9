import { describe, expect, it } from 'vitest';
import { manyTimes, statuses, times } from '../support/http/serve.js';
import { AppModule as MetricsModule } from './grafana/app.module.js';
import { AppModule as ThrottlerModule } from './from-nestjs-throttler/app.module.js';
import { AppModule as ShadowModule } from './shadow-roll-out/app.module.js';
import { AppModule as TextModule } from './text-of-the-429/app.module.js';
import { serveRecipe, textOf } from './recipe.js';

describe('body and language of the 429', () => {
  it.each([
    ['de-AT,de;q=0.9', 'Zu viele Anfragen. Bitte in 60 s erneut versuchen.'],
    ['fr', 'Too many requests. Try again in 60 s.'],
  ])('for %s', async (language, message) => {
    const { get } = await serveRecipe('text-of-the-429', TextModule);
    await times(2, () => get('/articles'));
    const denied = await get('/articles', { 'accept-language': language });
    expect(denied.status).toBe(429);
    expect(denied.json).toEqual({ code: 'too_many_requests', message, limiter: 'public' });
    expect(denied.headers).toMatchObject({ 'retry-after': '60', ratelimit: '"public";r=0;t=60' });
  });
});

describe('shadow roll-out', () => {
  it('denies nothing and logs what would have been denied', async () => {
    const { get, log } = await serveRecipe('shadow-roll-out', ShadowModule);
    const replies = await manyTimes(101, () => get('/articles'));
    expect(new Set(statuses(replies))).toEqual(new Set([200]));
    expect(log.having('rate_limit_exceeded')).toHaveLength(1);
  });

  it('shows clients no limits, and forbids only the storing of what would have been denied', async () => {
    const { get } = await serveRecipe('shadow-roll-out', ShadowModule);
    await manyTimes(100, () => get('/articles'));
    const { headers } = await get('/articles');
    const limits = Object.keys(headers).filter((name) => /ratelimit|retry-after/.test(name));
    expect(limits).toEqual([]);
    expect(headers['cache-control']).toBe('no-store');
  });
});

describe('moving from @nestjs/throttler', () => {
  const start = () => serveRecipe('from-nestjs-throttler', ThrottlerModule);

  it('counts each route for itself', async () => {
    const { get } = await start();
    const cats = await times(11, () => get('/cats'));
    expect(statuses(cats)).toEqual([...Array<number>(10).fill(200), 429]);
    expect((await get('/dogs')).headers['x-ratelimit-remaining']).toBe('9');
  });

  it('replaces the default limit by the one of the method', async () => {
    const { get } = await start();
    expect(statuses(await times(4, () => get('/search')))).toEqual([200, 200, 200, 429]);
  });

  it('skips', async () => {
    const { get } = await start();
    const health = await times(12, () => get('/health'));
    expect(statuses(health)).toEqual(Array<number>(12).fill(200));
    expect(health[0]?.headers).not.toHaveProperty('ratelimit');
  });

  it('sends a date in X-RateLimit-Reset', async () => {
    const { get } = await start();
    const { headers } = await get('/cats');
    expect(Number(headers['x-ratelimit-reset'])).toBeGreaterThan(Date.now() / 1000 - 60);
  });
});

describe('Grafana', () => {
  it('shows metrics that the application serves', async () => {
    const { get } = await serveRecipe('grafana', MetricsModule);
    await get('/articles');
    const { text } = await get('/metrics');
    const dashboard = textOf('docs/deployment/grafana/rate-sync.json');
    const charted = new Set(dashboard.match(/rate_limit_[a-z_]+(?=[[{) ])/g) ?? []);
    const served = new Set(
      [...text.matchAll(/^# TYPE (rate_limit_[a-z_]+)/gm)].map(([, name]) => name),
    );
    const unserved = [...charted].filter((name) => !served.has(name.replace(/_bucket$/, '')));
    expect(charted.size).toBeGreaterThan(5);
    expect(unserved).toEqual([]);
    expect(text).toContain(
      'rate_limit_allowed_total{limiter_id="public",endpoint="GET /articles"} 1',
    );
  });
});
