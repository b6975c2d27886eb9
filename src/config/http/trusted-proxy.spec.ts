import proxyAddr from 'proxy-addr';
import { describe, expect, it } from 'vitest';
import { trustedProxyProblem } from './trusted-proxy.js';

describe('trustedProxyProblem', () => {
  it.each([
    'loopback',
    'linklocal',
    'uniquelocal',
    '127.0.0.1',
    '10.0.0.0/8',
    '10.1.2.3/32',
    '::1',
    'fd00::/8',
    '2001:db8::/128',
    '::ffff:10.0.0.1',
  ])('accepts %s, and so does proxy-addr', (entry) => {
    expect(trustedProxyProblem(entry)).toBeNull();
    expect(proxyAddr.compile(entry)).toBeTypeOf('function');
  });

  it.each([
    ['1', /hops/],
    ['0', /hops/],
    ['0.0.0.0/0', /all addresses/],
    ['::/0', /all addresses/],
    ['::/00', /all addresses/],
    ['', /expected an address/],
    ['true', /expected an address/],
    ['localhost', /expected an address/],
    ['10.1', /expected an address/],
    ['0x7f.0.0.1', /expected an address/],
    ['10.0.0.0/33', /expected an address/],
    ['10.0.0.0/255.0.0.0', /expected an address/],
    ['10.0.0.0/', /expected an address/],
    ['10.0.0.0/8/8', /expected an address/],
    ['fd00::/129', /expected an address/],
    ['fe80::1%eth0', /expected an address/],
    ['10.0.0.1, 10.0.0.2', /expected an address/],
    ['*', /expected an address/],
  ])('refuses %j', (entry, expected) => {
    expect(trustedProxyProblem(entry)).toMatch(expected);
  });
});
