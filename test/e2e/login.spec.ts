import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { AppModule } from '../../sample-app/src/app.module.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { serve, statuses, times, type Served } from '../support/http/serve.js';

const REPOSITORY = join(import.meta.dirname, '../..');

beforeEach(() => {
  vi.stubEnv('REDIS_URL', '');
  vi.stubEnv('RATE_SYNC_CONFIG', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The sample app as it is, on the repository's own `rate-sync.toml`. */
function sampleApp(adapter: Adapter, clock = new FakeClock()): Promise<Served> {
  return serve(adapter, { imports: [AppModule], clock });
}

/** The sample app behind a proxy on this machine. */
async function behindProxy(adapter: Adapter): Promise<Served> {
  const directory = await mkdtemp(join(tmpdir(), 'rate-sync-e2e-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const toml = await readFile(join(REPOSITORY, 'rate-sync.toml'), 'utf8');
  const path = join(directory, 'rate-sync.toml');
  await writeFile(path, `${toml}\ntrusted_proxies = ["127.0.0.1/32"]\n`);
  vi.stubEnv('RATE_SYNC_CONFIG', path);
  return sampleApp(adapter);
}

describe.each(ADAPTERS)('the login of the sample app on $name', (adapter) => {
  it('denies the eleventh attempt from one address, whatever the e-mails', async () => {
    const { post } = await sampleApp(adapter);
    const replies = await times(12, (n) =>
      post('/auth/login', { email: `user${String(n)}@x.org` }),
    );
    expect(statuses(replies)).toEqual([...Array<number>(10).fill(401), 429, 429]);
  });

  it('reports the state of the limits on an allowed attempt', async () => {
    const { post } = await sampleApp(adapter);
    const { status, headers } = await post('/auth/login', { email: 'ada@example.org' });
    expect(status).toBe(401);
    expect(headers).toMatchObject({
      'ratelimit-policy': '"login_ip";q=10;w=300, "login_credential";q=5;w=900',
      ratelimit: '"login_ip";r=9;t=300, "login_credential";r=4;t=900',
      'x-ratelimit-limit': '5',
      'x-ratelimit-remaining': '4',
    });
    expect(headers).not.toHaveProperty('retry-after');
  });

  it('sends Retry-After and no-store with a denial', async () => {
    const { post } = await sampleApp(adapter);
    await times(10, (n) => post('/auth/login', { email: `user${String(n)}@x.org` }));
    const refused = await post('/auth/login', { email: 'user11@x.org' });
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({
      'retry-after': '300',
      'cache-control': 'no-store',
      'ratelimit-policy': '"login_ip";q=10;w=300, "login_credential";q=5;w=900',
      ratelimit: '"login_ip";r=0;t=300, "login_credential";r=5;t=0',
      'x-ratelimit-limit': '10',
      'x-ratelimit-remaining': '0',
    });
    expect(refused.json).toEqual({
      statusCode: 429,
      error: 'Too Many Requests',
      message: 'Too many requests. Try again in 300 seconds.',
      limiter: 'login_ip',
      retryAfterMs: 300_000,
    });
  });

  it('allows a client again that waited for Retry-After', async () => {
    const clock = new FakeClock();
    const { post } = await sampleApp(adapter, clock);
    const attempt = () => post('/auth/login', { email: 'ada@example.org' });
    await times(5, attempt);
    const refused = await attempt();
    clock.advance(Number(refused.headers['retry-after']) * 1000);
    expect([refused.status, (await attempt()).status]).toEqual([429, 401]);
  });

  it('lets the right password in', async () => {
    const { post } = await sampleApp(adapter);
    const right = { email: 'ada@example.org', password: 'analytical-engine' };
    const { status, json } = await post('/auth/login', right);
    expect({ status, json }).toEqual({ status: 200, json: { token: 'ada' } });
  });

  describe('behind a trusted proxy', () => {
    const from = (address: string) => ({ 'x-forwarded-for': address });

    it('denies the sixth attempt on one account, from whatever address it comes', async () => {
      const { post } = await behindProxy(adapter);
      const credentials = { email: 'ada@example.org' };
      const replies = await times(6, (n) =>
        post('/auth/login', credentials, from(`198.51.100.${String(n)}`)),
      );
      expect(statuses(replies)).toEqual([401, 401, 401, 401, 401, 429]);
      expect(replies[5]?.json).toMatchObject({
        limiter: 'login_credential',
        retryAfterMs: 900_000,
      });
      expect(replies[5]?.headers).toMatchObject({ 'retry-after': '900' });
    });

    it('takes nothing from the address when the account is over its limit', async () => {
      const { post } = await behindProxy(adapter);
      const attacked = { email: 'ada@example.org' };
      await times(5, (n) => post('/auth/login', attacked, from(`198.51.100.${String(n)}`)));
      const home = from('203.0.113.7');
      const refused = await times(20, () => post('/auth/login', attacked, home));
      expect(new Set(statuses(refused))).toEqual(new Set([429]));
      expect(refused[19]?.headers['ratelimit']).toBe(
        '"login_ip";r=10;t=0, "login_credential";r=0;t=900',
      );
      const other = await post('/auth/login', { email: 'grace@example.org' }, home);
      expect(other.headers['ratelimit']).toBe('"login_ip";r=9;t=300, "login_credential";r=4;t=900');
    });
  });
});

describe.each(ADAPTERS)('the other routes of the sample app on $name', (adapter) => {
  it('hands its decision to the handler of the public page', async () => {
    const { get } = await sampleApp(adapter);
    const { headers, json } = await get('/public');
    expect(headers['ratelimit']).toBe('"public";r=99;t=1');
    expect(json).toEqual({ remaining: 99 });
  });

  it('counts known users by their id and not by their address', async () => {
    const { get } = await sampleApp(adapter);
    const as = (user: string) => get('/me', { authorization: `Bearer ${user}` });
    await as('ada');
    expect((await as('ada')).headers['x-ratelimit-remaining']).toBe('298');
    expect((await as('grace')).headers['x-ratelimit-remaining']).toBe('299');
  });
});
