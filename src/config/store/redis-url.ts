import { isIP, isIPv6 } from 'node:net';
import type { Endpoint, HostEndpoint } from '../../stores/redis/endpoint.js';

/** The parts of a Redis URL. Null: absent. */
export interface RedisUrl {
  readonly node: Endpoint;
  readonly tls: boolean;
  readonly username: string | null;
  readonly password: string | null;
  readonly db: number | null;
  /** Names of the parameters in the query, which is not used. */
  readonly parameters: readonly string[];
}

type ParsedUrl =
  { readonly ok: true; readonly url: RedisUrl } | { readonly ok: false; readonly problem: string };

/** A URL of a server on a port; a socket has no TLS. */
const TLS_BY_SCHEME: ReadonlyMap<string, boolean> = new Map([
  ['redis', false],
  ['valkey', false],
  ['rediss', true],
  ['valkeys', true],
]);

const REDIS_PORT = 6379;
const MAX_PORT = 65_535;
const EXPECTATION =
  'expected a URL that begins with redis://, rediss://, valkey://, valkeys:// or unix://';
const SCHEME = /^\s*([a-z][a-z0-9+.-]{0,15}):\/\//i;
const DB_PATH = /^\/?(\d{0,9})$/;
const SOCKET = /^\s*unix:\/\/(?:([^@/]*)@)?(\/[^?#]*[^?#/])(?:\?([^#]*))?(#.*)?$/i;
const PLAIN_PATH = /^\/[^?#]*[^?#/]$/;
const HOST_AND_PORT = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+)):(\d{1,5})$/i;
const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i;

const MISPLACED = 'has a "?" or "#" before its "@". Write %3F or %23 in a user name or password.';
const FRAGMENT =
  'has a fragment ("#…"), which is not read. Leave it out, or write %23 in a password.';
const NOT_DECODED =
  'has a "%" in its user name, password or path that is not percent-encoded (%25).';

/**
 * Parses `redis://user:password@host:port/db`, or `rediss://` for TLS; `valkey://` and `valkeys://`
 * mean the same, `unix://user:password@/path` and a path alone are sockets. The default port is 6379.
 * The problem of an invalid URL repeats no part of it but the scheme.
 */
export function parseRedisUrl(text: string): ParsedUrl {
  if (PLAIN_PATH.test(text)) return valid({ path: text });
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return invalid(`${EXPECTATION}.`);
  if (scheme === 'unix') return parseSocketUrl(text);
  const tls = TLS_BY_SCHEME.get(scheme);
  if (tls === undefined) return invalid(`${EXPECTATION}, got ${scheme}://.`);
  if (!URL.canParse(text)) {
    return invalid(
      'is not a URL. Percent-encode special characters in the user name and password.',
    );
  }
  const url = new URL(text);
  const node = nodeOf(url.hostname, url.port === '' ? REDIS_PORT : Number(url.port));
  if (node === null) return invalid('is a URL without a host name and a port from 1 to 65535.');
  if (`${url.search}${url.hash}`.includes('@')) return invalid(MISPLACED);
  if (url.hash !== '') return invalid(FRAGMENT);
  const db = DB_PATH.exec(url.pathname)?.[1];
  if (db === undefined) return invalid('is a URL whose path is not the number of a database.');
  const credentials = credentialsOf(url.username, url.password);
  if (credentials === null) return invalid(NOT_DECODED);
  const parameters = parametersOf(url.search);
  return valid(node, { tls, ...credentials, db: db === '' ? null : Number(db), parameters });
}

/** The problem of a Redis URL, or null. */
export function redisUrlProblem(text: string): string | null {
  const parsed = parseRedisUrl(text);
  return parsed.ok ? null : parsed.problem;
}

/** Parses `host:port` or `[IPv6]:port`; null for other texts. */
export function parseHostAndPort(text: string): HostEndpoint | null {
  const match = HOST_AND_PORT.exec(text.trim());
  if (match === null) return null;
  const [, ipv6, name = '', port] = match;
  return nodeOf(ipv6 === undefined ? name : `[${ipv6}]`, Number(port));
}

/** The problem of a host name, or null. An address is not a name. */
export function hostNameProblem(text: string): string | null {
  if (isIP(text) === 0 && HOST_NAME.test(text)) return null;
  return 'expected the host name in the certificate, such as "redis.example.org"';
}

/** `URL` rejects credentials without a host, so that those of a socket are parsed here. */
function parseSocketUrl(text: string): ParsedUrl {
  const [matched, userInfo = '', encodedPath = '', query = '', fragment = ''] =
    SOCKET.exec(text) ?? [];
  if (matched === undefined) {
    return invalid(
      'is a unix:// URL without an absolute path, as in unix:///run/redis/redis.sock.',
    );
  }
  if (`${query}${fragment}`.includes('@')) return invalid(MISPLACED);
  if (fragment !== '') return invalid(FRAGMENT);
  const colon = userInfo.indexOf(':');
  const [user, password] =
    colon === -1 ? [userInfo, ''] : [userInfo.slice(0, colon), userInfo.slice(colon + 1)];
  const credentials = credentialsOf(user, password);
  const path = decode(encodedPath);
  if (credentials === null || path === null) return invalid(NOT_DECODED);
  return valid({ path }, { ...credentials, parameters: parametersOf(query) });
}

function nodeOf(hostname: string, port: number): HostEndpoint | null {
  if (hostname === '' || port < 1 || port > MAX_PORT) return null;
  if (!hostname.startsWith('[')) return { host: hostname, port };
  const host = hostname.slice(1, -1);
  return isIPv6(host) ? { host, port } : null;
}

function parametersOf(query: string): readonly string[] {
  return [...new Set(new URLSearchParams(query).keys())];
}

function credentialsOf(
  user: string,
  secret: string,
): Pick<RedisUrl, 'username' | 'password'> | null {
  const [username, password] = [decode(user), decode(secret)];
  if (username === null || password === null) return null;
  return { username: username || null, password: password || null };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

const NOTHING_MORE = { tls: false, username: null, password: null, db: null, parameters: [] };

function valid(node: Endpoint, more: Partial<Omit<RedisUrl, 'node'>> = {}): ParsedUrl {
  return { ok: true, url: { node, ...NOTHING_MORE, ...more } };
}

function invalid(problem: string): ParsedUrl {
  return { ok: false, problem };
}
