import { describe, expect, it } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { counted, serveLimitedBy, UNITS } from '../support/http/limited-by.js';
import { manyTimes, statuses, times, type Served } from '../support/http/serve.js';

const TRUSTED = { http: { trustedProxies: ['127.0.0.1/32', '10.0.0.0/8', 'fd00::/8'] } };

/** Asks once with this X-Forwarded-For. */
function from({ get }: Pick<Served, 'get'>, forwarded: string) {
  return get('/', { 'x-forwarded-for': forwarded });
}

/** How many requests each of these values of X-Forwarded-For finds in its bucket. */
async function countsOf(app: Served, values: readonly string[]): Promise<number[]> {
  return (await times(values.length, (n) => from(app, values[n] ?? ''))).map(counted);
}

function app(adapter: Adapter, parts = {}): Promise<Served> {
  return serveLimitedBy(adapter, 'ip', parts);
}

describe.each(ADAPTERS)('without trusted proxies on $name', (adapter) => {
  it('no client chooses an address: however many are forged, they are one client', async () => {
    const served = await app(adapter);
    const replies = await manyTimes(200, (n) =>
      from(served, `198.51.${String(n >> 8)}.${String(n & 255)}`),
    );
    expect(statuses(replies).filter((status) => status === 200)).toHaveLength(UNITS);
  });

  it.each([
    'x-real-ip',
    'x-client-ip',
    'cf-connecting-ip',
    'true-client-ip',
    'forwarded',
    'x-forwarded',
    'fastly-client-ip',
    'x-cluster-client-ip',
  ])('no client chooses an address with %s', async (header) => {
    const { get } = await app(adapter);
    const value = header === 'forwarded' ? 'for=198.51.100.7' : '198.51.100.7';
    await get('/');
    expect(counted(await get('/', { [header]: value }))).toBe(2);
  });

  it('the proxies that the adapter trusts are believed', async () => {
    const served = await app(adapter, { trustProxy: 'loopback' });
    expect(await countsOf(served, ['198.51.100.1', '198.51.100.2', '198.51.100.1'])).toEqual([
      1, 1, 2,
    ]);
  });

  it('a peer that is no proxy of the adapter is not believed', async () => {
    const { raw } = await app(adapter, { trustProxy: '192.0.2.0/24' });
    await raw({ path: '/', headers: { 'x-forwarded-for': '198.51.100.1' } });
    const reply = await raw({ path: '/', headers: { 'x-forwarded-for': '198.51.100.2' } });
    expect(counted(reply)).toBe(2);
  });
});

describe.each(ADAPTERS)('with trusted proxies on $name', (adapter) => {
  it('the client is whom the nearest trusted proxy names', async () => {
    const served = await app(adapter, TRUSTED);
    expect(await countsOf(served, ['198.51.100.1', '198.51.100.2', '198.51.100.1'])).toEqual([
      1, 1, 2,
    ]);
  });

  it('addresses left of the client come from the client and are ignored', async () => {
    const served = await app(adapter, TRUSTED);
    const replies = await manyTimes(1_000, (n) =>
      from(served, `203.0.${String(n >> 8)}.${String(n & 255)}, 198.51.100.1`),
    );
    expect(statuses(replies).filter((status) => status === 200)).toHaveLength(UNITS);
  });

  it.each([
    ['through one hop', '198.51.100.1'],
    ['through two hops', '198.51.100.1, 10.0.0.9'],
    ['through three hops', '198.51.100.1, 10.0.0.9, 10.0.0.8'],
    ['through a hop in the mapped notation', '198.51.100.1, ::ffff:10.0.0.9'],
    ['through a hop with IPv6', '198.51.100.1, fd00::9'],
    ['through a hop with a port', '198.51.100.1, 10.0.0.9:8080'],
    ['with forged addresses before it', '1.1.1.1, 2.2.2.2, 198.51.100.1, 10.0.0.9'],
    ['with a forged trusted address before it', '10.0.0.1, 198.51.100.1, 10.0.0.9'],
    ['with garbage before it', '<script>, , unknown, 198.51.100.1, 10.0.0.9'],
  ])('the client is found %s', async (_how, forwarded) => {
    const served = await app(adapter, TRUSTED);
    await from(served, '198.51.100.1');
    expect(counted(await from(served, forwarded))).toBe(2);
    expect(counted(await from(served, '198.51.100.2'))).toBe(1);
  });

  it('the client is found when the header comes in several lines', async () => {
    const { raw } = await app(adapter, TRUSTED);
    const ask = (...lines: string[]) => raw({ path: '/', headers: { 'x-forwarded-for': lines } });
    await ask('198.51.100.1');
    expect(counted(await ask('203.0.113.9', '198.51.100.1', '10.0.0.9'))).toBe(2);
  });

  it('the walk ends at an address that is not trusted, whatever stands before it', async () => {
    const served = await app(adapter, TRUSTED);
    await from(served, '198.51.100.1');
    expect(counted(await from(served, '198.51.100.1, 203.0.113.9, 10.0.0.8'))).toBe(1);
  });

  it('a proxy that forwards no address is the client', async () => {
    const { get, raw } = await app(adapter, TRUSTED);
    await get('/');
    expect(counted(await get('/', { 'x-forwarded-for': '' }))).toBe(2);
    expect(counted(await get('/', { 'x-forwarded-for': ' , ,, ' }))).toBe(3);
    expect(counted(await raw({ path: '/', from: '127.0.0.2' }))).toBe(1);
  });

  it('a client that bypasses the proxy is not believed', async () => {
    const { raw } = await app(adapter, TRUSTED);
    const replies = await times(UNITS + 1, (n) =>
      raw({
        path: '/',
        from: '127.0.0.9',
        headers: { 'x-forwarded-for': `198.51.100.${String(n)}` },
      }),
    );
    expect(replies[UNITS]?.status).toBe(429);
  });

  it('the setting wins over what the adapter trusts', async () => {
    const served = await app(adapter, {
      http: { trustedProxies: ['192.0.2.1'] },
      trustProxy: 'loopback',
    });
    expect(await countsOf(served, ['198.51.100.1', '198.51.100.2'])).toEqual([1, 2]);
  });

  it.each([['loopback'], ['127.0.0.0/8']])('%s covers this machine', async (trustedProxy) => {
    const served = await app(adapter, { http: { trustedProxies: [trustedProxy] } });
    expect(await countsOf(served, ['198.51.100.1', '198.51.100.2'])).toEqual([1, 1]);
  });
});

describe.each(ADAPTERS)('the warning about X-Forwarded-For on $name', (adapter) => {
  const warnings = ({ log }: Served) =>
    log.lines.filter(({ level, text }) => level === 'warn' && text.includes('X-Forwarded-For'));

  it('is given once, and says what to do', async () => {
    const served = await app(adapter);
    await times(5, (n) => from(served, `198.51.100.${String(n)}`));
    expect(warnings(served)).toHaveLength(1);
    expect(warnings(served)[0]?.text).toMatch(/\[http\] trusted_proxies .*CIDR/);
    expect(served.log.text).not.toContain('198.51.100');
  });

  it('is given for a sender that is not among the trusted proxies', async () => {
    const served = await app(adapter, { http: { trustedProxies: ['10.0.0.0/8'] } });
    await times(3, () => from(served, '198.51.100.1'));
    expect(warnings(served)).toHaveLength(1);
  });

  it.each([
    ['the header is believed', TRUSTED],
    ['the adapter believes it', { trustProxy: 'loopback' }],
  ])('is not given where %s', async (_why, parts) => {
    const served = await app(adapter, parts);
    await times(3, () => from(served, '198.51.100.1'));
    expect(warnings(served)).toEqual([]);
  });

  // Fastify does not tell whom it believes.
  if (adapter.name === 'Express') {
    it('is given for an adapter that believes everybody, and says what to do', async () => {
      const served = await app(adapter, { trustProxy: true });
      await times(5, (n) => from(served, `198.51.100.${String(n)}`));
      expect(warnings(served)).toHaveLength(1);
      expect(warnings(served)[0]?.text).toContain('trusted_proxies');
    });
  }

  it('is absent where no client sends the header', async () => {
    const served = await app(adapter);
    await times(3, () => served.get('/'));
    expect(warnings(served)).toEqual([]);
  });
});
