import { Secret } from '../../core/secret.js';
import type { RedisSettings } from '../../stores/redis/settings.js';
import { variable, type Environment } from '../table/environment.js';
import type { ReadingContext } from '../table/reading-context.js';
import type { RedisUrl } from './redis-url.js';
import type { StoreReading } from './store-schema.js';

const NAMES = { username: 'user name', password: 'password', db: 'database' } as const;

/** The credentials of a store, and its database. */
export type RedisCredentials = Pick<RedisSettings, 'username' | 'password' | 'db'>;

/**
 * The credentials of a store, from its keys or its URLs; without a password there, it comes from
 * `$REDIS_PASSWORD`.
 */
export function readCredentials(
  reading: StoreReading,
  urls: readonly RedisUrl[],
  { env }: ReadingContext,
): RedisCredentials {
  const { values } = reading;
  const username = agreedValue(
    reading,
    'username',
    values.username,
    urls.map((url) => url.username),
  );
  const password = agreedValue(
    reading,
    'password',
    values.password,
    urls.map((url) => url.password),
  );
  const db = agreedValue(
    reading,
    'db',
    values.db,
    urls.map((url) => url.db),
  );
  const secret = password ?? fallbackPassword(reading, env);
  return { username, password: secret === null ? null : new Secret(secret), db: db ?? 0 };
}

function fallbackPassword(reading: StoreReading, env: Environment): string | null {
  if (reading.has('password')) return null;
  const fallback = variable(env, 'REDIS_PASSWORD') ?? '';
  return fallback === '' ? null : fallback;
}

/** The value that the key and the URLs agree on; null when none of them has one. */
function agreedValue<Value extends string | number>(
  reading: StoreReading,
  key: keyof typeof NAMES,
  written: Value | undefined,
  urlValues: readonly (Value | null)[],
): Value | null {
  const inUrls = new Set(urlValues.filter((value) => value !== null));
  if (inUrls.size > 1) reading.report('urls', `disagree on the ${NAMES[key]}.`);
  const [inUrl] = inUrls;
  if (written !== undefined && inUrl !== undefined && written !== inUrl) {
    reading.report(key, `differs from the ${NAMES[key]} in the URL. Set it in one place.`);
  }
  return written ?? inUrl ?? null;
}
