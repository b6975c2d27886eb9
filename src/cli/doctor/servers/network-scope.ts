import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

/** Whether packets to a host leave this machine, and whether they leave a private network. */
export type NetworkScope = 'loopback' | 'private' | 'public';

const FARTHEST_FIRST: readonly NetworkScope[] = ['public', 'private', 'loopback'];

const PRIVATE_RANGES: readonly string[] = [
  'private',
  'uniqueLocal',
  'linkLocal',
  'carrierGradeNat',
];

/** How far away a host is: the farthest of its addresses. A name that has none counts as public. */
export async function networkScopeOf(host: string): Promise<NetworkScope> {
  try {
    const found = await lookup(host, { all: true });
    const distances = found.map(({ address }) => distanceOf(address));
    return FARTHEST_FIRST.find((distance) => distances.includes(distance)) ?? 'public';
  } catch {
    return 'public';
  }
}

function distanceOf(address: string): NetworkScope {
  const range = ipaddr.process(address).range();
  if (range === 'loopback') return 'loopback';
  return PRIVATE_RANGES.includes(range) ? 'private' : 'public';
}
