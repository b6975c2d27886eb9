import { All, Controller, Delete, Get, Head, Options, Post } from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import type { RawRequest } from '../support/http/client.js';
import { limits, serve, statuses, times, windowOf } from '../support/http/serve.js';

const LIMIT = 5;
const config = limits({ login_ip: windowOf(LIMIT), page: windowOf(LIMIT) });

async function app(adapter: Adapter) {
  let handled = 0;
  const handle = (): string => {
    handled += 1;
    return 'ok';
  };

  @Controller('auth')
  class AuthController {
    @Post('login')
    @RateLimit('login_ip')
    login(): string {
      return handle();
    }
  }

  @Controller('page')
  @RateLimit('page')
  class PageController {
    @Get(':id')
    one(): string {
      return handle();
    }
  }

  @Controller('every')
  class EveryController {
    @All()
    @RateLimit('page')
    every(): string {
      return handle();
    }
  }

  @Controller('verbs')
  @RateLimit('page')
  class VerbsController {
    @Get()
    read(): string {
      return handle();
    }

    @Head('head')
    head(): string {
      return handle();
    }

    @Options('options')
    options(): string {
      return handle();
    }

    @Delete()
    remove(): string {
      return handle();
    }
  }

  const controllers = [AuthController, PageController, EveryController, VerbsController];
  const served = await serve(adapter, { controllers, rateSync: { config } });
  return {
    ...served,
    handled: () => handled,
    /** Sends all of these until well over the limit; tells how many the handler saw. */
    attack: async (requests: readonly RawRequest[]) => {
      await times(LIMIT * 4, (n) => served.raw(requests[n % requests.length] ?? { path: '/' }));
      return handled;
    },
  };
}

const POSTED = { method: 'POST' };

const SPELLINGS: readonly [as: string, request: RawRequest][] = [
  ['with an encoded letter', { ...POSTED, path: '/%61uth/login' }],
  ['with an encoded slash', { ...POSTED, path: '/auth%2flogin' }],
  ['with an encoded letter twice', { ...POSTED, path: '/%2561uth/login' }],
  ['with two slashes before it', { ...POSTED, path: '//auth/login' }],
  ['with two slashes in it', { ...POSTED, path: '/auth//login' }],
  ['with a slash behind it', { ...POSTED, path: '/auth/login/' }],
  ['in upper case', { ...POSTED, path: '/AUTH/LOGIN' }],
  ['in mixed case', { ...POSTED, path: '/Auth/logiN' }],
  ['with a query', { ...POSTED, path: '/auth/login?n=1' }],
  ['with a fragment', { ...POSTED, path: '/auth/login#x' }],
  ['with a matrix parameter', { ...POSTED, path: '/auth/login;n=1' }],
  ['with a dot segment', { ...POSTED, path: '/auth/./login' }],
  ['with a parent segment', { ...POSTED, path: '/x/../auth/login' }],
  ['with a zero byte', { ...POSTED, path: '/auth/login%00' }],
  ['as an absolute target', { ...POSTED, path: 'http://localhost/auth/login' }],
  [
    'with another method in a header',
    { ...POSTED, path: '/auth/login', headers: { 'x-http-method-override': 'GET' } },
  ],
  [
    'with another path in a header',
    { ...POSTED, path: '/auth/login', headers: { 'x-original-url': '/', 'x-rewrite-url': '/' } },
  ],
  ['with another host', { ...POSTED, path: '/auth/login', headers: { host: 'elsewhere.example' } }],
];

describe.each(ADAPTERS)('the same handler on $name', (adapter) => {
  it.each(SPELLINGS)('has the same bucket when it is called %s', async (_as, request) => {
    const { attack, raw } = await app(adapter);
    const plain = { method: 'POST', path: '/auth/login' };
    expect(await attack([plain, request])).toBe(LIMIT);
    expect((await raw(plain)).status).toBe(429);
    const reply = await raw(request);
    expect([400, 404, 429]).toContain(reply.status);
  });

  it('has the same bucket for GET and HEAD, and for every page', async () => {
    const { attack, handled } = await app(adapter);
    const pages = times(LIMIT * 4, (n) =>
      Promise.resolve({ method: n % 2 === 0 ? 'HEAD' : 'GET', path: `/page/${String(n)}` }),
    );
    expect(await attack(await pages)).toBe(LIMIT);
    expect(handled()).toBe(LIMIT);
  });

  it('sends a denied HEAD the same headers', async () => {
    const { raw } = await app(adapter);
    const replies = await times(LIMIT + 1, () => raw({ method: 'HEAD', path: '/page/1' }));
    const last = replies[LIMIT];
    expect(last?.status).toBe(429);
    expect(last?.headers).toMatchObject({ 'retry-after': '300', ratelimit: '"page";r=0;t=300' });
  });

  it('has the same bucket for all methods of a route that takes all', async () => {
    const { attack } = await app(adapter);
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'];
    expect(await attack(methods.map((method) => ({ method, path: '/every' })))).toBe(LIMIT);
  });

  it('shares its bucket with others under the same limiter, whatever the methods', async () => {
    const { attack } = await app(adapter);
    const requests = [
      { method: 'GET', path: '/verbs' },
      { method: 'HEAD', path: '/verbs/head' },
      { method: 'OPTIONS', path: '/verbs/options' },
      { method: 'DELETE', path: '/verbs' },
    ];
    expect(await attack(requests)).toBe(LIMIT);
  });

  it('counts no request that finds no route', async () => {
    const { raw } = await app(adapter);
    await times(20, () => raw({ method: 'GET', path: '/auth/login' }));
    await times(20, () => raw({ method: 'OPTIONS', path: '/auth/login' }));
    expect((await raw({ method: 'POST', path: '/auth/login' })).headers['ratelimit']).toBe(
      `"login_ip";r=${String(LIMIT - 1)};t=300`,
    );
  });
});

describe.each(ADAPTERS)('a thousand requests at once on $name', (adapter) => {
  it('are admitted as far as the limit goes, and not one more', async () => {
    const { post, handled } = await app(adapter);
    const replies = await Promise.all(
      Array.from({ length: 1_000 }, () => post('/auth/login', { email: 'ada@example.org' })),
    );
    const admitted = statuses(replies).filter((status) => status === 201);
    const refused = statuses(replies).filter((status) => status === 429);
    expect([admitted.length, refused.length, handled()]).toEqual([LIMIT, 1_000 - LIMIT, LIMIT]);
  });
});
