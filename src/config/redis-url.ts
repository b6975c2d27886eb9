import { isIPv6 } from 'node:net';
import type { RedisNode } from './settings.js';

/** What a Redis URL says. Null: it does not say. */
export interface RedisUrl {
  readonly node: RedisNode;
  readonly tls: boolean;
  readonly username: string | null;
  readonly password: string | null;
  readonly db: number | null;
}

type ParsedUrl =
  { readonly ok: true; readonly url: RedisUrl } | { readonly ok: false; readonly problem: string };

const REDIS_PORT = 6379;
const MAX_PORT = 65_535;
const SCHEME = /^\s*([a-z][a-z0-9+.-]{0,15}):\/\//i;
const DB_PATH = /^\/?(\d{0,9})$/;
const HOST_AND_PORT = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+)):(\d{1,5})$/i;

/**
 * Reads `redis://user:password@host:port/db`, or `rediss://` for TLS. The port is 6379 when left
 * out. Says what is wrong without repeating any part of the URL but its scheme.
 */
export function parseRedisUrl(text: string): ParsedUrl {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return wrong('expected a URL that begins with redis:// or rediss://.');
  if (scheme !== 'redis' && scheme !== 'rediss') {
    return wrong(`expected a URL that begins with redis:// or rediss://, got ${scheme}://.`);
  }
  if (!URL.canParse(text)) {
    return wrong('is not a URL. Percent-encode special characters in the user name and password.');
  }
  const url = new URL(text);
  const node = nodeOf(url.hostname, url.port === '' ? REDIS_PORT : Number(url.port));
  if (node === null) return wrong('is a URL without a host name and a port from 1 to 65535.');
  if (url.search !== '' || url.hash !== '') {
    return wrong('is a URL with a query or fragment, which is not read. Write settings as keys.');
  }
  const db = DB_PATH.exec(url.pathname)?.[1];
  if (db === undefined) return wrong('is a URL whose path is not the number of a database.');
  const username = decode(url.username);
  const password = decode(url.password);
  if (username === null || password === null) {
    return wrong('has a "%" in its user name or password that is not percent-encoding (%25).');
  }
  return {
    ok: true,
    url: {
      node,
      tls: scheme === 'rediss',
      username: username === '' ? null : username,
      password: password === '' ? null : password,
      db: db === '' ? null : Number(db),
    },
  };
}

/** What is wrong with a Redis URL, or null. */
export function redisUrlProblem(text: string): string | null {
  const parsed = parseRedisUrl(text);
  return parsed.ok ? null : parsed.problem;
}

/** Reads `host:port` or `[IPv6]:port`; null when the text is neither. */
export function parseHostAndPort(text: string): RedisNode | null {
  const match = HOST_AND_PORT.exec(text.trim());
  if (match === null) return null;
  const [, ipv6, name = '', port] = match;
  return nodeOf(ipv6 === undefined ? name : `[${ipv6}]`, Number(port));
}

function nodeOf(hostname: string, port: number): RedisNode | null {
  if (hostname === '' || port < 1 || port > MAX_PORT) return null;
  if (!hostname.startsWith('[')) return { host: hostname, port };
  const host = hostname.slice(1, -1);
  return isIPv6(host) ? { host, port } : null;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function wrong(problem: string): ParsedUrl {
  return { ok: false, problem };
}
