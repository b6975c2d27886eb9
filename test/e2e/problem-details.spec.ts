import { Controller, Get } from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { commandedStores, rejects } from '../support/http/commanded-store.js';
import { limits, serve, times, windowOf, type Served } from '../support/http/serve.js';

const IANA = 'https://iana.org/assignments/http-problem-types';

@Controller()
class LoginController {
  @Get('login')
  @RateLimit('login_ip', { limiter: 'login_name', by: 'query:name' }, 'spacious')
  login(): string {
    return 'welcome';
  }
}

const config = limits(
  {
    login_ip: windowOf(2, { failClosed: true }),
    login_name: windowOf(2, { failClosed: true }),
    spacious: windowOf(100),
  },
  { errors: 'problem' },
);

function app(adapter: Adapter, stores = commandedStores()): Promise<Served> {
  const { openStore } = stores;
  return serve(adapter, { controllers: [LoginController], rateSync: { config }, openStore });
}

describe.each(ADAPTERS)('problem details on $name', (adapter) => {
  it('describe a denial and name the limits that were exceeded', async () => {
    const { get } = await app(adapter);
    await times(2, () => get('/login?name=ada'));
    const refused = await get('/login?name=ada');
    expect(refused.status).toBe(429);
    expect(refused.headers['content-type']).toMatch(
      /^application\/problem\+json(; charset=utf-8)?$/,
    );
    expect(refused.headers).toMatchObject({ 'retry-after': '300', 'cache-control': 'no-store' });
    expect(refused.json).toEqual({
      type: `${IANA}#quota-exceeded`,
      title: 'Too Many Requests',
      status: 429,
      detail: 'Too many requests. Try again in 300 seconds.',
      'violated-policies': ['login_ip', 'login_name'],
    });
  });

  it('name only the limits that stood in the way', async () => {
    const { get } = await app(adapter);
    await times(2, (n) => get(`/login?name=${String(n)}`));
    const refused = await get('/login?name=grace');
    expect(refused.json).toMatchObject({ 'violated-policies': ['login_ip'] });
  });

  it('describe a limiter that is out of order as reduced capacity', async () => {
    const stores = commandedStores();
    const { get } = await app(adapter, stores);
    stores.store().behaviour = rejects;
    const refused = await get('/login?name=ada');
    expect(refused.status).toBe(503);
    expect(refused.headers['content-type']).toMatch(
      /^application\/problem\+json(; charset=utf-8)?$/,
    );
    expect(refused.headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' });
    expect(refused.json).toEqual({
      type: `${IANA}#temporary-reduced-capacity`,
      title: 'Service Unavailable',
      status: 503,
      detail: 'The rate limiter is unavailable, and this route is closed without it.',
      'violated-policies': ['login_ip', 'login_name'],
    });
  });

  it('log nothing about their content type', async () => {
    const { get, log } = await app(adapter);
    await times(3, () => get('/login?name=ada'));
    expect(log.having('Content-Type')).toEqual([]);
  });

  it('leave an answer of the route as it is', async () => {
    const { get } = await app(adapter);
    const { text, headers } = await get('/login');
    expect(text).toBe('welcome');
    expect(headers['content-type']).not.toContain('problem');
  });
});
