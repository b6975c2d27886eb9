import { parseBoolean } from './coerce.js';
import { variable } from './environment.js';
import type { ReadingContext } from './reading-context.js';
import type { RedisUrl } from './redis-url.js';
import type { TlsSettings } from './settings.js';
import type { storeSchema } from './store-schema.js';
import type { ReadingOf } from './table-reading.js';

type StoreReading = ReadingOf<typeof storeSchema>;

const FILE_KEYS = ['ssl_ca_certs', 'ssl_certfile', 'ssl_keyfile'] as const;

/**
 * How a store is encrypted: by its keys, else by its URL, else by `$REDIS_SSL` and
 * `$REDIS_CERT_REQS`. Null: not at all. A `redis://` URL leaves the choice to the variable.
 */
export function readTls(
  reading: StoreReading,
  urls: readonly RedisUrl[],
  context: ReadingContext,
): TlsSettings | null {
  const { values } = reading;
  const urlHasTls = urls.some(({ tls }) => tls);
  reportHalfAPair(reading, context);
  if (urlHasTls && values.ssl === false) {
    reading.report('ssl', 'contradicts the rediss:// URL, which asks for TLS. Write redis://.');
  }
  if (!urlHasTls && !isSwitchedOn(reading, context)) {
    const isUrlKnown = !reading.isWrong('url') && !reading.isWrong('urls');
    if (isUrlKnown) reportUselessFiles(reading, context);
    return null;
  }
  return {
    verifyCertificate: isVerified(reading, context),
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

function reportHalfAPair(reading: StoreReading, { form }: ReadingContext): void {
  const hasCertificate = reading.has('ssl_certfile');
  if (hasCertificate === reading.has('ssl_keyfile')) return;
  const [given, missing] = hasCertificate
    ? (['ssl_certfile', 'ssl_keyfile'] as const)
    : (['ssl_keyfile', 'ssl_certfile'] as const);
  reading.report(given, `needs ${form.spell(missing)} beside it.`);
}

function reportUselessFiles(reading: StoreReading, { form }: ReadingContext): void {
  const remedy = `Write a rediss:// URL or ${form.spell('ssl')} too.`;
  for (const key of FILE_KEYS.filter((file) => reading.has(file))) {
    reading.report(key, `has no effect, because the connection is without TLS. ${remedy}`);
  }
}
