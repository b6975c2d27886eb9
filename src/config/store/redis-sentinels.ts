import { Secret } from '../../core/secret.js';
import type { HostEndpoint } from '../../stores/redis/endpoint.js';
import type { RedisSentinelAddress, TlsSettings } from '../../stores/redis/settings.js';
import type { ReadingContext } from '../table/reading-context.js';
import { parseHostAndPort } from './redis-url.js';
import type { StoreReading } from './store-schema.js';

const SENTINEL_KEYS = [
  'master_name',
  'sentinel_username',
  'sentinel_password',
  'sentinel_ssl',
] as const;

/** The sentinels of a store. Notes keys that cannot be combined with them. */
export function readSentinels(
  reading: StoreReading,
  sentinelTls: TlsSettings | null,
  { syntax }: ReadingContext,
): RedisSentinelAddress {
  const { values } = reading;
  const { topology, sentinel_username: username, sentinel_password: password } = values;
  if (username !== undefined && !reading.has('sentinel_password')) {
    reading.report('sentinel_username', `requires ${syntax.spell('sentinel_password')}.`);
  }
  if (reading.has('url') || reading.has('urls')) {
    const meant = syntax.spell(reading.has('url') ? 'url' : 'urls');
    reading.report('sentinels', `cannot be combined with ${meant}. Write one of them.`);
  }
  if (topology !== 'sentinel' && topology !== 'auto') {
    reading.report(
      'topology',
      `"${topology}" does not use sentinels. Write "sentinel" or leave it out.`,
    );
  }
  return {
    topology: 'sentinel',
    sentinels: (values.sentinels ?? []).map(parseHostAndPort).filter(isHost),
    masterName: values.master_name,
    sentinelUsername: username ?? null,
    sentinelPassword: password === undefined ? null : new Secret(password),
    sentinelTls,
  };
}

/** Notes keys that have no effect without sentinels. */
export function reportSentinelKeys(reading: StoreReading, { syntax }: ReadingContext): void {
  if (reading.mentions('sentinels')) return;
  for (const key of SENTINEL_KEYS.filter((sentinelKey) => reading.has(sentinelKey))) {
    reading.report(key, `has no effect without ${syntax.spell('sentinels')}.`);
  }
}

function isHost(host: HostEndpoint | null): host is HostEndpoint {
  return host !== null;
}
