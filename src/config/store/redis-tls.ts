import type { TlsSettings } from '../../stores/redis/settings.js';
import { parseBoolean } from '../table/coerce.js';
import { variable } from '../table/environment.js';
import type { ReadingContext } from '../table/reading-context.js';
import type { RedisUrl } from './redis-url.js';
import type { StoreReading } from './store-schema.js';

const DETAIL_KEYS = ['ssl_ca_certs', 'ssl_certfile', 'ssl_keyfile', 'ssl_servername'] as const;

/** TLS to the servers and to their sentinels. Null: plain TCP. */
export interface RedisTls {
  readonly tls: TlsSettings | null;
  readonly sentinelTls: TlsSettings | null;
}

/**
 * TLS of a store: from its keys, else its URL, else `$REDIS_SSL` and `$REDIS_CERT_REQS`. A `redis://`
 * URL leaves the choice to the variable; a socket has no TLS.
 */
export function readTls(
  reading: StoreReading,
  urls: readonly RedisUrl[],
  context: ReadingContext,
): RedisTls {
  const { values } = reading;
  const urlHasTls = urls.some(({ tls }) => tls);
  const isSocket = urls.some(({ node }) => 'path' in node);
  reportUnpairedFile(reading, context);
  if (isSocket && values.ssl === true) reading.report('ssl', 'is not possible on a socket.');
  if (urlHasTls && values.ssl === false) {
    reading.report('ssl', 'contradicts the rediss:// URL, which requires TLS. Write redis://.');
  }
  const isOn = urlHasTls || (!isSocket && isTlsOn(reading, context));
  const isOnForSentinels = reading.has('sentinels') && (values.sentinel_ssl ?? isOn);
  if (!isOn && !isOnForSentinels) {
    const isUrlKnown = !reading.isInvalid('url') && !reading.isInvalid('urls');
    if (isUrlKnown) reportUnusedDetails(reading, context);
    return { tls: null, sentinelTls: null };
  }
  const settings = readDetails(reading, context);
  return { tls: isOn ? settings : null, sentinelTls: isOnForSentinels ? settings : null };
}

function readDetails(reading: StoreReading, context: ReadingContext): TlsSettings {
  const { values } = reading;
  return {
    verifyCertificate: isVerified(reading, context),
    serverName: values.ssl_servername ?? null,
    caFile: values.ssl_ca_certs ?? null,
    certFile: values.ssl_certfile ?? null,
    keyFile: values.ssl_keyfile ?? null,
  };
}

function isTlsOn(reading: StoreReading, { env }: ReadingContext): boolean {
  if (reading.has('ssl')) return reading.values.ssl ?? true;
  const fallback = variable(env, 'REDIS_SSL') ?? '';
  if (fallback.trim() === '') return false;
  const parsed = parseBoolean(fallback);
  if (parsed === null) {
    reading.report('ssl', 'not set, and $REDIS_SSL is neither true nor false.');
  }
  return parsed ?? true;
}

function isVerified(reading: StoreReading, { env }: ReadingContext): boolean {
  if (reading.has('ssl_cert_reqs')) return reading.values.ssl_cert_reqs !== 'none';
  const fallback = (variable(env, 'REDIS_CERT_REQS') ?? '').trim().toLowerCase();
  if (fallback !== '' && fallback !== 'required' && fallback !== 'none') {
    reading.report('ssl_cert_reqs', 'not set, and $REDIS_CERT_REQS is neither required nor none.');
  }
  return fallback !== 'none';
}

function reportUnpairedFile(reading: StoreReading, { syntax }: ReadingContext): void {
  const hasCertificate = reading.has('ssl_certfile');
  if (hasCertificate === reading.has('ssl_keyfile')) return;
  const [given, missing] = hasCertificate
    ? (['ssl_certfile', 'ssl_keyfile'] as const)
    : (['ssl_keyfile', 'ssl_certfile'] as const);
  reading.report(given, `requires ${syntax.spell(missing)}.`);
}

function reportUnusedDetails(reading: StoreReading, { syntax }: ReadingContext): void {
  const remedy = `Write a rediss:// URL or set ${syntax.spell('ssl')}.`;
  for (const key of DETAIL_KEYS.filter((detail) => reading.has(detail))) {
    reading.report(key, `has no effect without TLS. ${remedy}`);
  }
}
