import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

/** The network that packets to a host cross. */
export type NetworkScope = 'loopback' | 'private' | 'public';

const WIDEST_FIRST: readonly NetworkScope[] = ['public', 'private', 'loopback'];

const PRIVATE_RANGES: readonly string[] = [
  'private',
  'uniqueLocal',
  'linkLocal',
  'carrierGradeNat',
];

/** The scope of a host: the widest of its addresses, and public when the name does not resolve. */
export async function networkScopeOf(host: string): Promise<NetworkScope> {
  try {
    const found = await lookup(host, { all: true });
    const scopes = found.map(({ address }) => scopeOfAddress(address));
    return WIDEST_FIRST.find((scope) => scopes.includes(scope)) ?? 'public';
  } catch {
    return 'public';
  }
}

function scopeOfAddress(address: string): NetworkScope {
  const range = ipaddr.process(address).range();
  if (range === 'loopback') return 'loopback';
  return PRIVATE_RANGES.includes(range) ? 'private' : 'public';
}
