import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { X509Certificate } from 'node:crypto';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { Redis } from 'ioredis';
import { codeOf } from '../../../core/errors/rate-sync-error.js';
import { ConfigurationError, type ConfigProblem } from '../../../core/errors/index.js';
import type { Backoff } from './backoff.js';
import type { Endpoint } from '../endpoint.js';
import { QuietSentinelConnector } from './sentinel-connector.js';
import type { RedisClient } from './redis-client.js';
import type { RedisSentinelAddress, RedisSettings, TlsSettings } from '../settings.js';

const KEEP_ALIVE_MS = 10_000;
/** A connection that is given up is closed at once, even if the other side does not reply. */
const GIVE_UP_MS = 50;

/** Creates a client for one server. It does not connect yet. */
export function createClient(
  endpoint: Endpoint,
  settings: RedisSettings,
  backoff: Backoff,
): RedisClient {
  const options = optionsOf(settings, backoff);
  if ('path' in endpoint) return forBytes(new Redis({ ...options, path: endpoint.path }));
  const { host, port } = endpoint;
  const tls = tlsOption(settings.id, settings.tls, host);
  return forBytes(new Redis({ ...options, host, port, ...tls }));
}

/** Creates a client for the master that sentinels name. It does not connect yet. */
export function createSentinelClient(
  location: RedisSentinelAddress,
  settings: RedisSettings,
  backoff: Backoff,
): RedisClient {
  const { tls } = tlsOption(settings.id, settings.tls, null);
  const { tls: sentinelTLS } = tlsOption(settings.id, location.sentinelTls, null);
  const { sentinelUsername } = location;
  const sentinelPassword = location.sentinelPassword?.reveal();
  const client = new Redis({
    ...optionsOf(settings, backoff),
    sentinels: location.sentinels.map(({ host, port }) => ({ host, port })),
    name: location.masterName,
    Connector: QuietSentinelConnector,
    sentinelCommandTimeout: settings.socketConnectTimeoutMs,
    // When no sentinel replies, the connection is down and reports it, instead of retrying for ever.
    sentinelRetryStrategy: () => null,
    failoverDetector: true,
    ...(sentinelUsername === null ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(tls === undefined ? {} : { tls, enableTLSForSentinelMode: true }),
    ...(sentinelTLS === undefined ? {} : { sentinelTLS }),
  });
  return forBytes(client);
}

/** The types of ioredis lack the commands whose replies are bytes. */
function forBytes(client: Redis): RedisClient {
  return client as Redis & RedisClient;
}

/**
 * The options that a limiter needs. Queueing, resending and retrying in the client are all off: they
 * would make requests hang on a dead server, and count them twice.
 */
function optionsOf(settings: RedisSettings, backoff: Backoff) {
  const { username, password, db } = settings;
  return {
    lazyConnect: true,
    protocol: 2 as const,
    disableClientInfo: true,
    connectionName: `rate-sync:${settings.id}`,
    db,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password: password.reveal() }),
    connectTimeout: settings.socketConnectTimeoutMs,
    disconnectTimeout: GIVE_UP_MS,
    keepAlive: KEEP_ALIVE_MS,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableAutoPipelining: false,
    retryStrategy: () => backoff.nextMs(),
  };
}

function tlsOption(
  storeId: string,
  tls: TlsSettings | null,
  host: string | null,
): { tls?: ConnectionOptions } {
  if (tls === null) return {};
  // A certificate can name addresses, but the name that a client sends (SNI) cannot be one.
  const hostName = host !== null && isIP(host) === 0 ? host : undefined;
  const servername = tls.serverName ?? hostName;
  const named = servername === undefined ? {} : { servername };
  const rejectUnauthorized = tls.verifyCertificate;
  return { tls: { ...certificates(storeId, tls), ...named, rejectUnauthorized } };
}

function certificates(
  storeId: string,
  { caFile, certFile, keyFile }: TlsSettings,
): ConnectionOptions {
  const problems: ConfigProblem[] = [];
  const read = (key: string, file: string | null, use: (pem: Buffer) => unknown): Buffer | null => {
    const found = file === null ? null : readPem(file, use);
    if (typeof found !== 'string') return found;
    problems.push({ path: `stores.${storeId}.${key}`, line: null, message: found });
    return null;
  };
  const ca = read('ssl_ca_certs', caFile, (pem) => new X509Certificate(pem));
  const cert = read('ssl_certfile', certFile, (pem) => new X509Certificate(pem));
  const key = read('ssl_keyfile', keyFile, (pem) => {
    createSecureContext({ key: pem, ...(cert === null ? {} : { cert }) });
  });
  if (problems.length > 0) throw new ConfigurationError(problems, null);
  return {
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
  };
}

/**
 * Reads and checks a file, because a client cannot recover from a bad one while it connects. Returns
 * its content, or a description of what is wrong with it.
 */
function readPem(file: string, use: (pem: Buffer) => unknown): Buffer | string {
  let pem: Buffer;
  try {
    pem = readFileSync(file);
  } catch (error) {
    return `names a file that cannot be read (${codeOf(error) ?? 'unknown error'}).`;
  }
  try {
    use(pem);
  } catch (error) {
    return (
      `names a file that cannot be used (${codeOf(error) ?? 'not PEM'}). ` +
      'It must be PEM, and the key must belong to ssl_certfile.'
    );
  }
  return pem;
}
