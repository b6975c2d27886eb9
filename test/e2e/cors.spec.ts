import { readFileSync } from 'node:fs';
import { Controller, Get } from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import * as names from '../../src/nest/transports/http/header-names.js';
import { ADAPTERS } from '../support/http/adapters.js';
import { limits, serve, times, windowOf } from '../support/http/serve.js';

const ORIGIN = 'https://app.example.org';
const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');
const list = /exposedHeaders: \[([^\]]*)\]/.exec(page)?.[1] ?? '';
const exposedHeaders = [...list.matchAll(/'([^']+)'/g)].map(([, name = '']) => name);

@Controller()
class PageController {
  @Get('page')
  @RateLimit('page')
  page(): string {
    return 'page';
  }
}

describe.each(ADAPTERS)('B9: CORS on $name', (adapter) => {
  const start = () =>
    serve(adapter, {
      controllers: [PageController],
      rateSync: { config: limits({ page: windowOf(2) }) },
      prepare: (app) => {
        app.enableCors({ origin: ORIGIN, exposedHeaders });
      },
    });

  it('counts no preflight', async () => {
    const { get, raw } = await start();
    const headers = { origin: ORIGIN, 'access-control-request-method': 'GET' };
    const preflights = await times(5, () => raw({ method: 'OPTIONS', path: '/page', headers }));
    for (const { status, headers: sent } of preflights) {
      expect(status).toBe(204);
      expect(sent['access-control-allow-origin']).toBe(ORIGIN);
      expect(Object.keys(sent).filter((name) => name.includes('ratelimit'))).toEqual([]);
    }
    const statuses = await times(3, async () => (await get('/page', { origin: ORIGIN })).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('exposes every header of a response, denials included', async () => {
    const { get } = await start();
    const replies = await times(3, () => get('/page', { origin: ORIGIN }));
    for (const { headers } of replies) {
      const exposed = (headers['access-control-expose-headers'] ?? '').toLowerCase().split(/,\s*/);
      const ours = Object.keys(headers).filter((name) => /ratelimit|retry-after/.test(name));
      expect(ours.length).toBeGreaterThan(4);
      expect(exposed).toEqual(expect.arrayContaining(ours));
    }
  });
});

it('B9: the list of docs/clients.md has every header that a script may want', () => {
  // Scripts may always read the other two.
  const { CACHE_CONTROL, CONTENT_TYPE, ...ours } = names;
  expect([CACHE_CONTROL.usual, CONTENT_TYPE.usual]).toEqual(['Cache-Control', 'Content-Type']);
  expect([...exposedHeaders].sort()).toEqual(
    Object.values(ours)
      .map(({ usual }) => usual)
      .sort(),
  );
});

it.each(ADAPTERS)('B8: headers = ["legacy"] leaves no RateLimit on $name', async (adapter) => {
  const config = limits({ page: windowOf(2) }, { headers: ['legacy'] });
  const { get } = await serve(adapter, { controllers: [PageController], rateSync: { config } });
  const { headers } = await get('/page');
  expect(Object.keys(headers).filter((name) => name.includes('ratelimit'))).toEqual([
    'x-ratelimit-limit',
    'x-ratelimit-remaining',
    'x-ratelimit-reset',
  ]);
});
