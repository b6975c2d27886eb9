import { Secret } from '../../core/secret.js';
import type { HostEndpoint } from '../../stores/redis/endpoint.js';
import type { RedisAddress, TlsSettings } from '../../stores/redis/settings.js';
import type { ReadingContext } from '../table/reading-context.js';
import type { ReadingOf } from '../table/table-reading.js';
import { explainParameter } from './redis-url-parameter.js';
import { parseHostAndPort, parseRedisUrl, type RedisUrl } from './redis-url.js';
import type { storeSchema } from './store-schema.js';

type StoreReading = ReadingOf<typeof storeSchema>;

const SENTINEL_KEYS = [
  'master_name',
  'sentinel_username',
  'sentinel_password',
  'sentinel_ssl',
] as const;

/** The URLs of a store, from `url` or `urls`, without invalid ones. */
export function readUrls(reading: StoreReading, { syntax }: ReadingContext): readonly RedisUrl[] {
  const { url, urls = [] } = reading.values;
  if (reading.has('url') && reading.has('urls')) {
    reading.report('urls', `means the same as ${syntax.spell('url')}. Write one of them.`);
  }
  const parsed = (url === undefined ? urls : [url]).map(parseRedisUrl);
  const read = parsed.flatMap((result) => (result.ok ? [result.url] : []));
  if (new Set(read.map(({ tls }) => tls)).size > 1) {
    reading.report('urls', 'mix redis:// and rediss://. Use one of them.');
  }
  for (const name of new Set(read.flatMap(({ parameters }) => parameters))) {
    reading.report(url === undefined ? 'urls' : 'url', explainParameter(name, syntax));
  }
  return read;
}

/** The address of a store; null, with a problem noted, when it is unknown. */
export function readAddress(
  reading: StoreReading,
  urls: readonly RedisUrl[],
  sentinelTls: TlsSettings | null,
  context: ReadingContext,
): RedisAddress | null {
  if (reading.has('sentinels')) return readSentinels(reading, sentinelTls, context);
  reportSentinelKeys(reading, context);
  const { topology } = reading.values;
  const { syntax } = context;
  if (!reading.has('url') && !reading.has('urls')) {
    reading.report(
      topology === 'sentinel' ? 'sentinels' : 'url',
      describeMissingAddress(reading, syntax),
    );
    return null;
  }
  if (topology === 'sentinel') {
    reading.report(
      'topology',
      `"sentinel" requires ${syntax.spell('sentinels')} instead of a URL.`,
    );
    return null;
  }
  if (topology === 'single' && urls.length > 1) {
    reading.report('topology', `"single" takes one URL, got ${String(urls.length)}.`);
  }
  const nodes = urls.map(({ node }) => node);
  const { max_connections: most } = reading.values;
  if (most !== undefined && nodes.length > most) {
    const needed = `${String(nodes.length)} servers require ${String(nodes.length)} connections`;
    reading.report('max_connections', `is too low: ${needed}, got ${String(most)}.`);
  }
  if (nodes.some((node) => 'path' in node)) reportSocket(reading, nodes.length);
  return { topology, nodes };
}

/** The nodes of a cluster find each other by host and port. */
function reportSocket(reading: StoreReading, count: number): void {
  if (count > 1) reading.report('urls', 'contain a socket, which must be the only server.');
  if (reading.values.topology === 'cluster') {
    reading.report(
      'topology',
      '"cluster" does not support sockets: its nodes are reached by host and port.',
    );
  }
}

function readSentinels(
  reading: StoreReading,
  sentinelTls: TlsSettings | null,
  { syntax }: ReadingContext,
): RedisAddress {
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

function reportSentinelKeys(reading: StoreReading, { syntax }: ReadingContext): void {
  if (reading.mentions('sentinels')) return;
  for (const key of SENTINEL_KEYS.filter((sentinelKey) => reading.has(sentinelKey))) {
    reading.report(key, `has no effect without ${syntax.spell('sentinels')}.`);
  }
}

function describeMissingAddress(reading: StoreReading, syntax: ReadingContext['syntax']): string {
  const keys = (['url', 'urls', 'sentinels'] as const).filter((key) => reading.mentions(key));
  const empty = keys.map((key) => syntax.spell(key)).join(', ');
  const where = `${syntax.spell('url')}, ${syntax.spell('urls')} or ${syntax.spell('sentinels')}`;
  const now = empty === '' ? '' : ` (${empty}: empty, because the variable is empty)`;
  return `missing; a redis store requires ${where}${now}.`;
}

function isHost(host: HostEndpoint | null): host is HostEndpoint {
  return host !== null;
}
