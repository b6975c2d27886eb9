import { canonicalIp } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/http/adapters.js';
import { counted, serveLimitedBy } from '../support/http/limited-by.js';
import { times, type Served } from '../support/http/serve.js';

const TRUSTED = { trustedProxies: ['127.0.0.1/32'] };

/** How many requests each address finds in its bucket, itself included. */
async function countsOf({ get }: Served, addresses: readonly string[]): Promise<number[]> {
  const replies = await times(addresses.length, (n) =>
    get('/', { 'x-forwarded-for': addresses[n] ?? '' }),
  );
  return replies.map(counted);
}

const oneTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

const SAME_IPV4 = [
  '192.0.2.1',
  ' 192.0.2.1 ',
  '192.0.2.1:4711',
  '::ffff:192.0.2.1',
  '::FFFF:192.0.2.1',
  '::ffff:c000:201',
  '0:0:0:0:0:ffff:c000:0201',
  '[::ffff:192.0.2.1]',
  '[::ffff:192.0.2.1]:443',
  '::ffff:192.0.2.1%eth0',
];

const SAME_IPV6 = [
  '2001:db8::1',
  '2001:DB8::1',
  '2001:db8:0:0:0:0:0:1',
  '2001:0db8:0000:0000:0000:0000:0000:0001',
  '[2001:db8::1]',
  '[2001:db8::1]:443',
  '2001:db8::1%eth0',
  '[2001:db8::1%25eth0]:443',
  '2001:db8::ffff:ffff:ffff:ffff',
  '2001:db8::192.0.2.1',
];

const NO_ADDRESS = [
  'unknown',
  '_hidden',
  'x1',
  'x2',
  '256.1.1.1',
  '1.2.3',
  '127.1',
  '0x7f000001',
  '2130706433',
  '010.0.0.1',
  '1.2.3.4.5',
  '2001:db8::1::2',
  '2001:db8:::1',
  '[2001:db8::1',
  '::ffff:999.1.1.1',
  'localhost',
  '"192.0.2.1"',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '__proto__',
  'a'.repeat(10_000),
  '1'.repeat(10_000),
  ':'.repeat(10_000),
  '1:'.repeat(5_000),
  '['.repeat(10_000),
];

describe.each(ADAPTERS)('one bucket for one client on $name', (adapter) => {
  const app = (ipv6Subnet = 64) =>
    serveLimitedBy(adapter, 'ip', { http: { ...TRUSTED, ipv6Subnet } });

  it('however an IPv4 address is written', async () => {
    expect(await countsOf(await app(), SAME_IPV4)).toEqual(oneTo(SAME_IPV4.length));
  });

  it('however an IPv6 address is written', async () => {
    expect(await countsOf(await app(), SAME_IPV6)).toEqual(oneTo(SAME_IPV6.length));
  });

  it('for all of an IPv6 network, and another one for the next', async () => {
    const addresses = ['2001:db8:0:1::1', '2001:db8:0:1:ffff::1', '2001:db8:0:2::1'];
    expect(await countsOf(await app(), addresses)).toEqual([1, 2, 1]);
  });

  it.each([
    [48, [1, 2, 3, 1]],
    [56, [1, 2, 1, 1]],
    [128, [1, 1, 1, 1]],
  ])('for a network of /%d', async (subnet, expected) => {
    const addresses = ['2001:db8:0:1::1', '2001:db8:0:ff::1', '2001:db8:0:100::1', '2001:db8:1::1'];
    expect(await countsOf(await app(subnet), addresses)).toEqual(expected);
  });

  it('that is not shared by clients of IPv4 in the mapped notation', async () => {
    const mapped = ['::ffff:192.0.2.1', '::ffff:192.0.2.2', '::ffff:192.0.2.3'];
    expect(await countsOf(await app(), mapped)).toEqual([1, 1, 1]);
  });

  it('for all that is no address, never a fresh one', async () => {
    expect(await countsOf(await app(), NO_ADDRESS)).toEqual(oneTo(NO_ADDRESS.length));
  });
});

describe('a canonical address', () => {
  it('is the same for 10,000 addresses of one /64', () => {
    const buckets = new Set(
      Array.from({ length: 10_000 }, (_, n) =>
        canonicalIp(`2001:db8:7:8:${(n * 6_553).toString(16).slice(0, 4)}::${n.toString(16)}`, 64),
      ),
    );
    expect([...buckets]).toEqual(['2001:db8:7:8::/64']);
  });

  it('is another one for each of 10,000 networks', () => {
    const buckets = new Set(
      Array.from({ length: 10_000 }, (_, n) => canonicalIp(`2001:db8:7:${n.toString(16)}::1`, 64)),
    );
    expect(buckets.size).toBe(10_000);
  });

  it.each([...SAME_IPV4, ...SAME_IPV6])('stays what it is when it is read again: %s', (address) => {
    const canonical = canonicalIp(address, 128);
    expect(canonicalIp(canonical.replace('/128', ''), 128)).toBe(canonical);
  });

  it.each(['0.0.0.0', '255.255.255.255', '::', '::1'])('is there for %s', (address) => {
    expect(canonicalIp(address, 64)).not.toBe(canonicalIp('unknown', 64));
  });
});
