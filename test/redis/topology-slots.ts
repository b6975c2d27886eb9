import type { RedisCluster } from '../support/redis/redis-cluster.js';
import type { RedisServer } from '../support/redis/redis-server.js';
import { KeyNames, hashSlotOf } from '../../src/stores/redis/protocol/keys.js';

/** Enough identifiers to reach each primary often. */
const MOST_GUESSES = 10_000;

const names = new KeyNames('rs', null);

/** The hash slot of the state of an identifier. */
export function slotOfIdentifier(identifier: string): number {
  return hashSlotOf(names.hashTagOf(identifier));
}

/** The primary that answers for an identifier. */
export function primaryFor(cluster: RedisCluster, identifier: string): RedisServer {
  return cluster.primaryOf(slotOfIdentifier(identifier));
}

/** New identifiers that this primary answers for. */
export function identifiersOn(cluster: RedisCluster, server: RedisServer, count: number): string[] {
  const found: string[] = [];
  for (let guess = 0; guess < MOST_GUESSES && found.length < count; guess += 1) {
    const identifier = `${Math.random().toString(36)}:${String(guess)}`;
    if (primaryFor(cluster, identifier) === server) found.push(identifier);
  }
  if (found.length < count) throw new Error(`port ${String(server.port)} is not a primary's`);
  return found;
}

/** One new identifier on each primary of a cluster whose nodes have their first roles. */
export function oneOnEach(cluster: RedisCluster): [string, string, string] {
  const [first = '', second = '', third = ''] = cluster.nodes
    .slice(0, 3)
    .flatMap((server) => identifiersOn(cluster, server, 1));
  return [first, second, third];
}
