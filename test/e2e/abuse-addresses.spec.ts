import { canonicalIp, type Store } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { commandedStores } from '../support/http/commanded-store.js';
import { counted, serveLimitedBy, UNITS } from '../support/http/limited-by.js';
import { limits, manyTimes, statuses, times, windowOf } from '../support/http/serve.js';
import { aRateSync } from '../support/limiters.js';

const BEHIND_PROXY = { http: { trustedProxies: ['127.0.0.1/32', '10.0.0.0/8'] } };

const forwarded = (value: string) => ({ 'x-forwarded-for': value });

/** Stores that record the identifiers of their requests. */
function listening() {
  const identifiers = new Set<string>();
  const { openStore } = commandedStores((store) => {
    store.behaviour = (decide, batch: Parameters<Store['decide']>[0]) => {
      for (const { identifier } of batch) identifiers.add(identifier);
      return decide();
    };
  });
  return { identifiers, openStore };
}

describe.each(ADAPTERS)('abuse with addresses on $name', (adapter) => {
  it('A01: a client that bypasses the proxy cannot choose its address', async () => {
    const { raw } = await serveLimitedBy(adapter, 'ip', BEHIND_PROXY);
    const replies = await manyTimes(UNITS * 2, (n) =>
      raw({ path: '/', from: '127.0.0.2', headers: forwarded(`198.51.100.${String(n)}`) }),
    );
    expect(statuses(replies).filter((status) => status === 200)).toHaveLength(UNITS);
  });

  it('A02: the caller is the first address from the right that is not trusted', async () => {
    const { get } = await serveLimitedBy(adapter, 'ip', BEHIND_PROXY);
    const hops = '198.51.100.1, 10.0.0.9, 10.0.0.8';
    const forged = ['', '203.0.113.1, ', '203.0.113.2, 10.0.0.1, ', '<script>, unknown, '];
    const replies = await times(forged.length, (n) => get('/', forwarded(forged[n]! + hops)));
    expect(replies.map(counted)).toEqual([1, 2, 3, 4]);
    expect(counted(await get('/', forwarded('198.51.100.1, 198.51.100.2, 10.0.0.9')))).toBe(1);
  });

  it('A03: 300 addresses of one /64 are one caller', async () => {
    const { identifiers, openStore } = listening();
    const { get } = await serveLimitedBy(adapter, 'ip', { ...BEHIND_PROXY, openStore });
    const replies = await manyTimes(300, (n) =>
      get('/', forwarded(`2001:db8:7:8:${(n * 211).toString(16)}::${n.toString(16)}`)),
    );
    expect(statuses(replies).filter((status) => status === 200)).toHaveLength(UNITS);
    expect([...identifiers]).toEqual(['2001:db8:7:8::/64']);
  });

  it.each([
    ['192.0.2.1', '::ffff:192.0.2.1', '::ffff:c000:201', '::FFFF:C000:0201', '192.0.2.1:80'],
    ['2001:db8::1', '2001:DB8::1', '2001:db8:0:0:0:0:0:1', '2001:db8::1%eth0', '[2001:db8::1]:80'],
  ])('A04: however %s is spelled, it is one caller', async (...spellings) => {
    const { identifiers, openStore } = listening();
    const { get } = await serveLimitedBy(adapter, 'ip', { ...BEHIND_PROXY, openStore });
    const replies = await times(spellings.length, (n) => get('/', forwarded(spellings[n]!)));
    expect(replies.map(counted)).toEqual([1, 2, 3, 4, 5]);
    expect(identifiers.size).toBe(1);
  });

  it('A05: whatever is no address falls into one bucket for all', async () => {
    const { identifiers, openStore } = listening();
    const { get } = await serveLimitedBy(adapter, 'ip', { ...BEHIND_PROXY, openStore });
    const garbage = [
      'unknown',
      '999.1.1.1',
      '127.1',
      "'; --",
      ':'.repeat(9_999),
      'a'.repeat(9_999),
    ];
    const replies = await times(garbage.length, (n) => get('/', forwarded(garbage[n]!)));
    expect(replies.map(counted)).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...identifiers]).toEqual(['invalid-ip']);
  });

  it('A05: an empty header is none: the peer is the client', async () => {
    const { get } = await serveLimitedBy(adapter, 'ip', BEHIND_PROXY);
    await get('/');
    expect(counted(await get('/', forwarded('')))).toBe(2);
  });
});

it('A03: 10,000 addresses of one /64 are one caller', async () => {
  const { rateSync } = await aRateSync(limits({ one: windowOf(5) }));
  const one = rateSync.limiters.get('one');
  let admitted = 0;
  for (let n = 0; n < 10_000; n++) {
    const address = `2001:db8:7:8:${(n * 6).toString(16)}::${n.toString(16)}`;
    if ((await one.consume(canonicalIp(address, 64))).allowed) admitted += 1;
  }
  expect(admitted).toBe(5);
});
