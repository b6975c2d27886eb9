import type { TlsSettings } from '../../stores/redis/settings.js';
import { parseBoolean } from '../table/coerce.js';
import { variable } from '../table/environment.js';
import type { ReadingContext } from '../table/reading-context.js';
import type { ReadingOf } from '../table/table-reading.js';
import type { RedisUrl } from './redis-url.js';
import type { storeSchema } from './store-schema.js';

type StoreReading = ReadingOf<typeof storeSchema>;

const DETAIL_KEYS = ['ssl_ca_certs', 'ssl_certfile', 'ssl_keyfile', 'ssl_servername'] as const;

/** The way to the servers and the way to their sentinels. Null: not encrypted. */
export interface RedisTls {
  readonly tls: TlsSettings | null;
  readonly sentinelTls: TlsSettings | null;
}

/**
 * How a store is encrypted: by its keys, else by its URL, else by `$REDIS_SSL` and
 * `$REDIS_CERT_REQS`. A `redis://` URL leaves the choice to the variable; a socket has no TLS.
 */
export function readTls(
  reading: StoreReading,
  urls: readonly RedisUrl[],
  context: ReadingContext,
): RedisTls {
  const { values } = reading;
  const urlHasTls = urls.some(({ tls }) => tls);
  const isSocket = urls.some(({ node }) => 'path' in node);
  reportHalfAPair(reading, context);
  if (isSocket && values.ssl === true) reading.report('ssl', 'is not possible on a socket.');
  if (urlHasTls && values.ssl === false) {
    reading.report('ssl', 'contradicts the rediss:// URL, which asks for TLS. Write redis://.');
  }
  const isOn = urlHasTls || (!isSocket && isSwitchedOn(reading, context));
  const isOnForSentinels = reading.has('sentinels') && (values.sentinel_ssl ?? isOn);
  if (!isOn && !isOnForSentinels) {
    const isUrlKnown = !reading.isWrong('url') && !reading.isWrong('urls');
    if (isUrlKnown) reportUselessDetails(reading, context);
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

function isSwitchedOn(reading: StoreReading, { env }: ReadingContext): boolean {
  if (reading.has('ssl')) return reading.values.ssl ?? true;
  const fallback = variable(env, 'REDIS_SSL') ?? '';
  if (fallback.trim() === '') return false;
  const parsed = parseBoolean(fallback);
  if (parsed === null) {
    reading.report('ssl', 'is not given, and $REDIS_SSL is not true or false.');
  }
  return parsed ?? true;
}

function isVerified(reading: StoreReading, { env }: ReadingContext): boolean {
  if (reading.has('ssl_cert_reqs')) return reading.values.ssl_cert_reqs !== 'none';
  const fallback = (variable(env, 'REDIS_CERT_REQS') ?? '').trim().toLowerCase();
  if (fallback !== '' && fallback !== 'required' && fallback !== 'none') {
    reading.report('ssl_cert_reqs', 'is not given, and $REDIS_CERT_REQS is not required or none.');
  }
  return fallback !== 'none';
}

function reportHalfAPair(reading: StoreReading, { syntax }: ReadingContext): void {
  const hasCertificate = reading.has('ssl_certfile');
  if (hasCertificate === reading.has('ssl_keyfile')) return;
  const [given, missing] = hasCertificate
    ? (['ssl_certfile', 'ssl_keyfile'] as const)
    : (['ssl_keyfile', 'ssl_certfile'] as const);
  reading.report(given, `needs ${syntax.spell(missing)} beside it.`);
}

function reportUselessDetails(reading: StoreReading, { syntax }: ReadingContext): void {
  const remedy = `Write a rediss:// URL or ${syntax.spell('ssl')} too.`;
  for (const key of DETAIL_KEYS.filter((detail) => reading.has(detail))) {
    reading.report(key, `has no effect, because the connection is without TLS. ${remedy}`);
  }
}
