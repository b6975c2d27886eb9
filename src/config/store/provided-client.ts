import type { RedisClientAddress } from '../../stores/redis/settings.js';
import type { ConfigPath } from '../table/problem-list.js';
import type { RawTable } from '../table/raw-table.js';
import type { ReadingContext } from '../table/reading-context.js';
import type { StoreReading } from './store-schema.js';

/** Keys that have no effect with a client, because it has its own settings for them. */
const CLIENT_KEYS = [
  'url',
  'urls',
  'sentinels',
  'topology',
  'master_name',
  'sentinel_username',
  'sentinel_password',
  'sentinel_ssl',
  'username',
  'password',
  'db',
  'ssl',
  'ssl_cert_reqs',
  'ssl_ca_certs',
  'ssl_certfile',
  'ssl_keyfile',
  'ssl_servername',
  'max_connections',
] as const;

/** The client of a store in a configuration object; null when it has none. */
export function readProvidedClient(
  table: RawTable,
  path: ConfigPath,
  { syntax, problems }: ReadingContext,
): RedisClientAddress | null {
  const client = syntax.expandsVariables ? undefined : table['client'];
  if (client === undefined) return null;
  const isClient =
    typeof client === 'object' && client !== null && 'evalsha' in client && 'status' in client;
  if (!isClient) problems.add([...path, 'client'], 'expected an ioredis client.');
  return { topology: 'client', client: isClient ? client : {} };
}

/** Notes keys that the client decides. */
export function reportKeysBesideClient(reading: StoreReading): void {
  for (const key of CLIENT_KEYS) {
    if (reading.has(key)) reading.report(key, 'has no effect with a client, which has its own.');
  }
}
