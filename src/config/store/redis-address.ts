import type { RedisAddress, RedisServerAddress, TlsSettings } from '../../stores/redis/settings.js';
import type { ReadingContext } from '../table/reading-context.js';
import type { ConfigSyntax } from '../table/syntax.js';
import { readSentinels, reportSentinelKeys } from './redis-sentinels.js';
import { explainParameter } from './redis-url-parameter.js';
import { parseRedisUrl, type RedisUrl } from './redis-url.js';
import type { StoreReading } from './store-schema.js';

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
  return readServers(reading, topology, urls);
}

function readServers(
  reading: StoreReading,
  topology: RedisServerAddress['topology'],
  urls: readonly RedisUrl[],
): RedisServerAddress {
  const nodes = urls.map(({ node }) => node);
  const count = String(nodes.length);
  if (topology === 'single' && nodes.length > 1) {
    reading.report('topology', `"single" takes one URL, got ${count}.`);
  }
  const { max_connections: ceiling } = reading.values;
  if (ceiling !== undefined && nodes.length > ceiling) {
    const needed = `${count} servers require ${count} connections`;
    reading.report('max_connections', `is too low: ${needed}, got ${String(ceiling)}.`);
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

function describeMissingAddress(reading: StoreReading, syntax: ConfigSyntax): string {
  const keys = (['url', 'urls', 'sentinels'] as const).filter((key) => reading.mentions(key));
  const empty = keys.map((key) => syntax.spell(key)).join(', ');
  const where = `${syntax.spell('url')}, ${syntax.spell('urls')} or ${syntax.spell('sentinels')}`;
  const now = empty === '' ? '' : ` (${empty}: empty, because the variable is empty)`;
  return `missing; a redis store requires ${where}${now}.`;
}
