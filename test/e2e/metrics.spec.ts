import { All, Controller, Get } from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';
import { RateSyncPrometheusModule } from '@rate-sync/nestjs/prometheus';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register, Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { hashIdentifier } from '../../src/identifiers/identifier.js';
import { ADAPTERS } from '../support/http/adapters.js';
import { commandedStores, rejects } from '../support/http/commanded-store.js';
import { limits, serve, windowOf } from '../support/http/serve.js';

const CANARY = 'canary@example.org';

@Controller()
class PageController {
  @Get('pages/:name')
  @RateLimit({ limiter: 'pages', by: 'header:x-user' })
  page(): string {
    return 'a page';
  }

  @All('any')
  @RateLimit('open')
  any(): string {
    return 'anything';
  }
}

const config = limits({
  pages: windowOf(2),
  open: windowOf(1_000),
  closed: windowOf(1, { failClosed: true }),
});

/** The value of a series, as the text of a scrape has it. */
function valueOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

beforeEach(() => {
  register.clear();
});

describe.each(ADAPTERS)('metrics on $name', (adapter) => {
  const app = (options = {}, more = {}) =>
    serve(adapter, {
      controllers: [PageController],
      imports: [RateSyncPrometheusModule.forRoot(options)],
      rateSync: { config },
      ...more,
    });

  it('count allowed and denied calls, by limiter and pattern of the route', async () => {
    const { get } = await app();
    for (const name of ['one', 'two', 'three'])
      await get(`/pages/${name}?x=1`, { 'x-user': CANARY });
    const { status, text, headers } = await get('/metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('text/plain');
    const labels = 'limiter_id="pages",endpoint="GET /pages/:name"';
    expect(valueOf(text, `rate_limit_allowed_total{${labels}}`)).toBe(2);
    expect(valueOf(text, `rate_limit_blocked_total{${labels}}`)).toBe(1);
    expect(valueOf(text, 'rate_limit_check_duration_seconds_count{limiter_id="pages"}')).toBe(3);
    expect(valueOf(text, 'rate_limit_usage_percent{limiter_id="pages"}')).toBe(100);
    expect(valueOf(text, 'rate_limit_store_up{store_id="main"}')).toBe(1);
    expect(valueOf(text, 'rate_limit_circuit_state{store_id="main"}')).toBe(0);
    expect(valueOf(text, 'rate_limit_memory_keys{store_id="main"}')).toBe(1);
    expect(text).not.toContain('one');
    expect(text).not.toContain(CANARY);
  });

  it('A23: have as many series, whatever clients send', async () => {
    const { get, raw, rateSync } = await app();
    const seriesAfter = async (): Promise<number> => {
      const { text } = await get('/metrics');
      return text.split('\n').filter((line) => line.startsWith('rate_limit')).length;
    };
    for (const method of ['GET', 'POST']) await raw({ method, path: '/any' });
    await get('/pages/x', { 'x-user': 'x' });
    await rateSync.getLimiter('pages').consume('y');
    const before = await seriesAfter();
    for (let n = 0; n < 40; n++) {
      const evil = `a"b\\${String(n)}`;
      await get(`/pages/${encodeURIComponent(evil)}?${String(n)}`, { 'x-user': evil });
      await raw({ method: 'GET', path: `/nothing/${String(n)}` });
      await raw({ method: 'GET', path: '/any', headers: { 'x-http-method-override': evil } });
      await rateSync.getLimiter('pages').consume(evil);
    }
    expect(await seriesAfter()).toBe(before);
  });

  it('tell of stores that fail', async () => {
    const stores = commandedStores((store) => {
      store.behaviour = rejects;
    });
    const { get, rateSync } = await app({}, { openStore: stores.openStore });
    await get('/any');
    await rateSync.getLimiter('closed').consume();
    const { text } = await get('/metrics');
    expect(valueOf(text, 'rate_limit_degraded_total{limiter_id="open",mode="fail_open"}')).toBe(1);
    expect(valueOf(text, 'rate_limit_degraded_total{limiter_id="closed",mode="fail_closed"}')).toBe(
      1,
    );
    expect(valueOf(text, 'rate_limit_redis_errors_total{store_id="main",kind="connection"}')).toBe(
      2,
    );
    expect(valueOf(text, 'rate_limit_blocked_total{limiter_id="closed",endpoint="none"}')).toBe(1);
  });

  it('report the heaviest identifiers by their hash, when configured', async () => {
    const { get } = await app({ identifiers: 2 });
    await get('/pages/x', { 'x-user': 'light' });
    for (const user of ['heavy', 'heavier']) {
      for (let n = 0; n < 2; n++) await get('/pages/x', { 'x-user': user });
    }
    const { text } = await get('/metrics');
    const callers = [
      ...text.matchAll(/usage_percent\{limiter_id="pages",identifier="(.*?)"\} 100/g),
    ];
    expect(callers.map(([, identifier]) => identifier).sort()).toEqual(
      ['heavy', 'heavier'].map((user) => hashIdentifier(hashIdentifier(user))).sort(),
    );
    expect((await get('/metrics')).text).not.toContain('identifier=');
  });

  it('are in a registry of the application, and served where it says', async () => {
    const registry = new Registry();
    const { get } = await app({ registry, path: 'internal/metrics' });
    await get('/any');
    expect((await get('/metrics')).status).toBe(404);
    expect((await get('/internal/metrics')).text).toContain('rate_limit_allowed_total');
    expect(await registry.metrics()).toContain('rate_limit_allowed_total');
    expect(await register.metrics()).not.toContain('rate_limit');
  });

  it('are served by @willsoto/nestjs-prometheus', async () => {
    const { get } = await app(
      {},
      {
        imports: [
          PrometheusModule.register({ defaultMetrics: { enabled: false } }),
          RateSyncPrometheusModule.forRoot({ path: false }),
        ],
      },
    );
    await get('/any');
    const { text } = await get('/metrics');
    expect(valueOf(text, 'rate_limit_allowed_total{limiter_id="open",endpoint="GET /any"}')).toBe(
      1,
    );
  });

  it('of two applications in one process are in one registry', async () => {
    const [one, other] = [await app(), await app()];
    await one.get('/any');
    await other.get('/any');
    const { text } = await other.get('/metrics');
    expect(valueOf(text, 'rate_limit_allowed_total{limiter_id="open",endpoint="GET /any"}')).toBe(
      2,
    );
    await one.app.close();
    expect((await other.get('/metrics')).text).toContain('rate_limit_store_up{store_id="main"} 1');
  });
});
