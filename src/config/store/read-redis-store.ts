import { Secret } from '../../core/secret.js';
import type { CircuitBreakerRule } from '../../resilience/circuit-breaker.js';
import type { RedisClientAddress } from '../../stores/redis/settings.js';
import type { RedisStoreSettings } from '../settings.js';
import { toMs } from '../table/fields.js';
import type { ReadingContext } from '../table/reading-context.js';
import { reportKeysBesideClient } from './provided-client.js';
import { readAddress, readUrls } from './redis-address.js';
import { readCredentials } from './redis-credentials.js';
import { readTls } from './redis-tls.js';
import type { StoreReading } from './store-schema.js';

/** The parts of a store that are not plain keys. */
interface RedisStoreExtras {
  readonly circuitBreaker: CircuitBreakerRule;
  /** The application's own client; null: none. */
  readonly providedClient: RedisClientAddress | null;
}

/** The settings of a redis store; null, with a problem noted, when it has no address. */
export function readRedisStore(
  id: string,
  reading: StoreReading,
  { circuitBreaker, providedClient }: RedisStoreExtras,
  context: ReadingContext,
): RedisStoreSettings | null {
  const { values } = reading;
  const urls = readUrls(reading, context);
  const { tls, sentinelTls } = readTls(reading, urls, context);
  const address = providedClient ?? readAddress(reading, urls, sentinelTls, context);
  if (providedClient !== null) reportKeysBesideClient(reading);
  const credentials = readCredentials(reading, urls, context);
  if (values.topology === 'cluster' && credentials.db !== 0) {
    reading.report('db', 'must be 0, also in the URL: a cluster has no other database.');
  }
  if (address === null) return null;
  return {
    id,
    strategy: 'redis',
    address,
    ...credentials,
    tls,
    keyPrefix: values.key_prefix,
    hashSecret: values.hash_secret === undefined ? null : new Secret(values.hash_secret),
    maxConnections: values.max_connections ?? null,
    socketTimeoutMs: toMs(values.socket_timeout),
    socketConnectTimeoutMs: toMs(values.socket_connect_timeout),
    retryOnTimeout: values.retry_on_timeout,
    healthCheckIntervalMs: toMs(values.health_check_interval),
    decisionTimeoutMs: toMs(values.decision_timeout),
    maxInFlight: values.max_in_flight,
    denyCacheMs: toMs(values.deny_cache_seconds),
    circuitBreaker,
  };
}
