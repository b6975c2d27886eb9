import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ApplicationTarget } from './application.js';
import { urlHeaders, urlHealth, urlMetrics } from './url-checks.js';
import { urlLimit } from './url-limit.js';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<ApplicationTarget> {
  const server = createServer(listener);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return target((server.address() as AddressInfo).port);
}

function target(port: number): ApplicationTarget {
  const base = new URL(`http://127.0.0.1:${String(port)}`);
  return { base, healthPath: '/health', metricsPath: '/metrics', route: null };
}

const answering = (status: number, body = '', headers: Record<string, string> = {}) =>
  serve((_, response) => response.writeHead(status, headers).end(body));

const route = { method: 'GET', path: '/limited' };

describe('an application that does not run', () => {
  it.each([urlHealth, urlMetrics, urlHeaders, urlLimit])(
    'fails with the cause: %o',
    async (check) => {
      const { result, detail } = await check({ ...target(1), route });
      expect(result).toBe('fail');
      expect(detail).toMatch(/does not respond/);
    },
  );
});

describe('url-health', () => {
  it.each([
    [200, 'pass'],
    [503, 'fail'],
    [500, 'fail'],
    [404, 'warn'],
    [302, 'warn'],
  ])('C10: %i is a %s', async (status, result) => {
    expect(await urlHealth(await answering(status))).toMatchObject({ result });
  });
});

describe('url-metrics', () => {
  it.each([
    [200, '# HELP rate_limit_allowed_total Calls\n', 'pass'],
    [200, 'rate_limit_store_up{store_id="main"} 1\n', 'pass'],
    [200, 'process_cpu_seconds_total 1\n', 'warn'],
    [404, 'rate_limit_', 'warn'],
  ])('C10: %i with %j is a %s', async (status, body, result) => {
    expect(await urlMetrics(await answering(status, body))).toMatchObject({ result });
  });
});

describe('url-headers', () => {
  it('passes with either family', async () => {
    const draft = { RateLimit: '"a";r=1;t=1' };
    expect(await urlHeaders(await answering(200, '', draft))).toMatchObject({ result: 'pass' });
    const legacy = { 'X-RateLimit-Limit': '3' };
    expect(await urlHeaders(await answering(401, '', legacy))).toMatchObject({ result: 'pass' });
  });

  it('fails without any on a named route, and skips a guessed route that does not exist', async () => {
    const bare = await answering(200);
    expect(await urlHeaders({ ...bare, route })).toMatchObject({ result: 'fail' });
    const missing = await answering(404);
    expect(await urlHeaders(missing)).toMatchObject({ result: 'skip' });
    expect(await urlHeaders({ ...missing, route })).toMatchObject({ result: 'fail' });
  });
});

describe('url-limit', () => {
  const limited = (limit: number, headers: Record<string, string> = {}) => {
    const seen = { calls: 0 };
    const served = serve((_, response) => {
      seen.calls += 1;
      response.writeHead(seen.calls > limit ? 429 : 200, headers).end();
    });
    return { seen, served };
  };

  it('sends no request without a named route', async () => {
    const { seen, served } = limited(0);
    expect(await urlLimit(await served)).toMatchObject({ result: 'skip' });
    expect(seen.calls).toBe(0);
  });

  it('passes when the route denies a request in the end', async () => {
    const { seen, served } = limited(50);
    expect(await urlLimit({ ...(await served), route })).toMatchObject({ result: 'pass' });
    expect(seen.calls).toBeLessThanOrEqual(71);
  });

  it('fails when it denies none of a thousand calls', async () => {
    const { seen, served } = limited(Number.POSITIVE_INFINITY);
    expect(await urlLimit({ ...(await served), route })).toMatchObject({ result: 'fail' });
    expect(seen.calls).toBe(1_000);
  });

  it('warns when the headers contain a higher limit', async () => {
    const { served } = limited(5_000, { 'RateLimit-Policy': '"public";q=5000;w=60' });
    const { result, detail } = await urlLimit({ ...(await served), route });
    expect(result).toBe('warn');
    expect(detail).toContain('5000');
  });

  it.each([503, 404])('fails at once for %i', async (status) => {
    expect(await urlLimit({ ...(await answering(status)), route })).toMatchObject({
      result: 'fail',
    });
  });
});
