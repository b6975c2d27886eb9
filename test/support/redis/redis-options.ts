import { join } from 'node:path';
import type { RespOptions } from './resp.js';

/** The files that one side of a TLS connection needs. */
export interface TlsFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** What a redis-server is started with. */
export interface RedisServerOptions {
  /** A free one unless said otherwise. */
  readonly port?: number | undefined;
  /** Added to ours, and stronger. */
  readonly args?: readonly string[] | undefined;
  /** Lines of the configuration file. */
  readonly config?: readonly string[] | undefined;
  /** Of the user `default`. */
  readonly password?: string | undefined;
  /** ACL rules by line: `user alice on >secret ~* &* +@all`; without the first word too. */
  readonly users?: readonly string[] | undefined;
  /** Listens with TLS only, and accepts clients with and without a certificate. */
  readonly tls?: TlsFiles | undefined;
  /** Writes snapshots; off unless said otherwise. */
  readonly save?: boolean | undefined;
}

/** How the harness itself logs in: whatever a test does to the other users, this one may. */
export const HARNESS_USER = { username: 'harness', password: 'harness' } as const;

/** The configuration file, by line. */
export function configLines({ users = [], config = [] }: RedisServerOptions): readonly string[] {
  const { username, password } = HARNESS_USER;
  const all = [`${username} on >${password} ~* &* +@all`, ...users];
  return [...all.map((user) => `user ${user.replace(/^user /, '')}`), ...config];
}

/** The arguments, without the configuration file. */
export function serverArguments(
  options: RedisServerOptions,
  port: number,
  dir: string,
): readonly string[] {
  const { password, tls, save = false, args = [] } = options;
  return [
    ...(tls === undefined ? ['--port', String(port)] : tlsArguments(tls, port, dir)),
    ...['--bind', '127.0.0.1', '--dir', dir, '--daemonize', 'no', '--loglevel', 'warning'],
    ...['--appendonly', 'no', '--save', save ? '3600 1' : ''],
    // A replica need not wait for others before it gets its data.
    ...['--repl-diskless-sync-delay', '0'],
    ...(password === undefined ? [] : ['--requirepass', password, '--masterauth', password]),
    ...args,
  ];
}

/** How the harness connects to such a server: past TLS, whose certificates may be bad on purpose. */
export function harnessConnection({ tls }: RedisServerOptions, dir: string): RespOptions {
  return tls === undefined ? HARNESS_USER : { ...HARNESS_USER, path: socketFile(dir) };
}

/** How anybody connects to such a server. */
export function serverUrl({ tls, password }: RedisServerOptions, port: number): string {
  const login = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
  return `${tls === undefined ? 'redis' : 'rediss'}://${login}127.0.0.1:${String(port)}`;
}

/** Where a server keeps its snapshot. */
export function snapshotFile(dir: string): string {
  return join(dir, 'dump.rdb');
}

function tlsArguments(
  { caFile, certFile, keyFile }: TlsFiles,
  port: number,
  dir: string,
): readonly string[] {
  return [
    ...['--port', '0', '--tls-port', String(port), '--tls-ca-cert-file', caFile],
    ...['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-auth-clients', 'optional'],
    ...['--unixsocket', socketFile(dir)],
  ];
}

function socketFile(dir: string): string {
  return join(dir, 'redis.sock');
}
