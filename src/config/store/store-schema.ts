import { z } from 'zod';
import {
  flag,
  listOfTexts,
  oneOf,
  seconds,
  text,
  textLike,
  textWithout,
  wholeNumber,
} from '../table/fields.js';
import type { ReadingOf } from '../table/table-reading.js';
import type { TableSpec } from '../table/table-spec.js';
import { hostNameProblem, parseHostAndPort, redisUrlProblem } from './redis-url.js';

const redisUrl = () => textWithout(redisUrlProblem, 'a URL, redis:// or rediss://');
const hostAndPort = () =>
  textWithout(
    (entry) => (parseHostAndPort(entry) === null ? 'expected "host:port".' : null),
    '"host:port"',
  );

/** The keys of `[stores.NAME]`. */
export const storeSchema = z.strictObject({
  strategy: oneOf(['memory', 'redis'])
    .optional()
    .describe(
      'Where state lives. Left out: redis when url, urls or sentinels has a value, else memory.',
    ),
  max_keys: wholeNumber(1, 10_000_000)
    .default(100_000)
    .describe('memory: the most identifiers tracked at once.'),
  url: redisUrl()
    .optional()
    .describe(
      'redis: redis://user:password@host:port/db, rediss:// for TLS, or unix:///path/to/socket.',
    ),
  urls: listOfTexts(redisUrl())
    .min(1, { error: 'expected at least one URL' })
    .optional()
    .describe('redis: several URLs, the seeds of a cluster. Instead of url.'),
  topology: oneOf(['auto', 'single', 'cluster', 'sentinel'])
    .default('auto')
    .describe('redis: auto uses a server that reports cluster mode as a cluster.'),
  sentinels: listOfTexts(hostAndPort())
    .min(1, { error: 'expected at least one "host:port"' })
    .optional()
    .describe('redis: Sentinels as "host:port". Instead of url and urls.'),
  master_name: text('the name under which the sentinels know the master')
    .default('mymaster')
    .describe('redis: the name under which the sentinels know the master.'),
  sentinel_username: text('the user name for the sentinels')
    .optional()
    .describe('redis: the ACL user of the sentinels themselves.'),
  sentinel_password: text('the password of the sentinels')
    .optional()
    .describe('redis: the password of the sentinels themselves.'),
  sentinel_ssl: flag().optional().describe('redis: TLS to the sentinels. Left out: as ssl.'),
  username: text('a user name').optional().describe('redis: the ACL user.'),
  password: text('a password')
    .optional()
    .describe('redis: the password. Without one here or in the URL: $REDIS_PASSWORD.'),
  db: wholeNumber(0, 2_147_483_647)
    .optional()
    .describe('redis: the number of the database, 0 unless the URL says so.'),
  ssl: flag().optional().describe('redis: TLS. Without it here or rediss://: $REDIS_SSL.'),
  ssl_cert_reqs: oneOf(['required', 'none'])
    .optional()
    .describe(
      'redis: whether the certificate of the server is verified. Default $REDIS_CERT_REQS, else required.',
    ),
  ssl_ca_certs: text('the path of a PEM file')
    .optional()
    .describe('redis: PEM file of the authorities that sign the certificate of the server.'),
  ssl_certfile: text('the path of a PEM file')
    .optional()
    .describe('redis: PEM file of the client certificate.'),
  ssl_keyfile: text('the path of a PEM file')
    .optional()
    .describe('redis: PEM file of the key of ssl_certfile.'),
  ssl_servername: textWithout(hostNameProblem, 'a host name')
    .optional()
    .describe(
      'redis: the name to verify in certificates, for servers that are reached by another name.',
    ),
  key_prefix: textLike(/^[A-Za-z0-9_.:/-]{1,64}$/, 'up to 64 letters, digits and any of "_.:/-"')
    .default('rs')
    .describe('redis: the beginning of every key.'),
  hash_secret: text('a secret')
    .optional()
    .describe('redis: keys hold an HMAC of the identifier with this secret, not a plain hash.'),
  max_connections: wholeNumber(1, 10_000)
    .optional()
    .describe(
      'redis: the most connections of this process, one for each server. Left out: no ceiling.',
    ),
  socket_timeout: seconds(0.001, 3600)
    .default(5)
    .describe('redis: seconds without a reply after which a connection is closed.'),
  socket_connect_timeout: seconds(0.001, 3600)
    .default(5)
    .describe('redis: seconds that connecting may take.'),
  retry_on_timeout: flag()
    .default(false)
    .describe('redis: whether a connection that timed out is tried again.'),
  health_check_interval: seconds(0, 86_400)
    .default(30)
    .describe('redis: seconds between two checks of an idle connection; 0 turns them off.'),
  decision_timeout: seconds(0.001, 60)
    .default(0.25)
    .describe('redis: the most seconds that a decision may take, whatever its limiter says.'),
  max_in_flight: wholeNumber(1, 100_000)
    .default(64)
    .describe('redis: the most script calls sent and unanswered per node.'),
  deny_cache_seconds: seconds(0, 3600)
    .default(1)
    .describe('redis: the longest that a denial is cached in this process; 0 turns it off.'),
});

/** The keys of `[stores.NAME.circuit_breaker]`. */
export const circuitBreakerSchema = z.strictObject({
  failure_threshold: wholeNumber(1, 10_000)
    .default(5)
    .describe('Consecutive failures until the circuit breaker opens.'),
  timeout: seconds(0.001, 86_400).default(1).describe('Seconds until one probe is sent.'),
});

/** `[stores.NAME]`. */
export const storeTable: TableSpec<typeof storeSchema> = {
  schema: storeSchema,
  aliases: { engine: 'strategy', pool_max_size: 'max_connections' },
  ignored: {
    pool_min_size: 'a process keeps one connection to each server.',
    timing_margin_ms: 'limits are exact, and the clock of the server decides.',
  },
  secrets: [
    'url',
    'urls',
    'sentinels',
    'username',
    'password',
    'sentinel_username',
    'sentinel_password',
    'hash_secret',
  ],
  subtables: ['circuit_breaker'],
};

/** `[stores.NAME.circuit_breaker]`. */
export const circuitBreakerTable: TableSpec<typeof circuitBreakerSchema> = {
  schema: circuitBreakerSchema,
  aliases: {},
  ignored: {},
  secrets: [],
  subtables: [],
};

/** A `[stores.NAME]` that was read. */
export type StoreReading = ReadingOf<typeof storeSchema>;
