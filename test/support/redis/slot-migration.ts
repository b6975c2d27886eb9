import { setTimeout as sleep } from 'node:timers/promises';
import { HARNESS_USER } from './redis-options.js';
import type { RedisServer } from './redis-server.js';

/** What happens in the middle of a migration. */
export interface MigrationOptions {
  /** How long the slot stays half migrated. */
  readonly holdMs?: number;
  /** Called while the slot is half migrated. */
  readonly between?: () => Promise<void>;
  /** Which keys have moved by then; all unless said otherwise. The others follow afterwards. */
  readonly movesFirst?: (key: string) => boolean;
}

/** A node of a cluster, and what the cluster calls it. */
export interface NamedNode {
  readonly server: RedisServer;
  readonly id: string;
}

/** A slot on its way from one primary to another. */
export interface Migration extends MigrationOptions {
  readonly slot: number;
  readonly from: NamedNode;
  readonly to: NamedNode;
  /** Primaries that have no part in it, but are told about it. */
  readonly others: readonly RedisServer[];
}

const MOVE_TIMEOUT_MS = 5_000;

/** Moves a slot as operators do. */
export async function migrateSlot(migration: Migration): Promise<void> {
  const { slot, from, to, others, holdMs = 0, between, movesFirst = () => true } = migration;
  await to.server.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
  await from.server.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
  await move(migration, movesFirst);
  await between?.();
  await sleep(holdMs);
  await move(migration, () => true);
  // The new owner first: it is the one that may raise the epoch.
  for (const server of [to.server, from.server, ...others]) {
    await server.command('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
  }
}

async function move(
  { slot, from, to }: Migration,
  isMoved: (key: string) => boolean,
): Promise<void> {
  const count = await from.server.command('CLUSTER', 'COUNTKEYSINSLOT', slot);
  const answer = await from.server.command('CLUSTER', 'GETKEYSINSLOT', slot, Number(count));
  const keys = Array.isArray(answer) ? answer.map(String).filter(isMoved) : [];
  if (keys.length === 0) return;
  const { username, password } = HARNESS_USER;
  const target = ['127.0.0.1', to.server.port, '', 0, MOVE_TIMEOUT_MS] as const;
  await from.server.command(
    ...['MIGRATE', ...target, 'AUTH2', username, password, 'KEYS', ...keys],
  );
}
