import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StoreConfig } from '../../src/config/index.js';
import { makeCertificates, type TestCertificates } from '../support/redis/certificates.js';
import { wire } from '../support/redis/cluster-wiring.js';
import { freePort } from '../support/redis/free-port.js';
import { RedisServer, type RedisServerOptions } from '../support/redis/redis-server.js';
import { CANARY, examine, expectResult, storeOf } from './doctor/examine.js';
import { connectionsOf } from './topology-connections.js';
import { expectEveryOperation, works } from './topology-operations.js';
import { everythingIn } from './topology-secrecy.js';
import { closeSubjects, PATIENCE, rateSyncOver } from './topology-subject.js';

/** What the certificates of these servers name; none of them is reached by it. */
const NAME = 'elsewhere.test';

let certificates: TestCertificates;
beforeAll(async () => {
  certificates = await makeCertificates();
});
afterAll(() => certificates.remove());

let started: RedisServer[] = [];
afterEach(async () => {
  await closeSubjects();
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

async function start(options: RedisServerOptions): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  started = [...started, server];
  return server;
}

const withTls = (options: RedisServerOptions = {}): Promise<RedisServer> =>
  start({ tls: certificates.otherHost, ...options });
const trust = (): StoreConfig => ({ sslCaCerts: certificates.caFile });
const addressOf = ({ port }: RedisServer): string => `127.0.0.1:${String(port)}`;

async function expectRefused(store: StoreConfig): Promise<void> {
  const rateSync = await rateSyncOver(store);
  const failure = await rateSync.check().catch((error: unknown) => error);
  expect(failure).toMatchObject({ kind: 'tls', failureCode: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  expect(await works(rateSync)).toBe(false);
}

async function expectWorks(store: StoreConfig): Promise<void> {
  const rateSync = await rateSyncOver(store);
  await rateSync.check();
  await expectEveryOperation(rateSync);
  await closeSubjects();
}

describe('B1: ssl_servername', () => {
  it.each(['127.0.0.1', 'localhost'])('is verified on a server reached by %s', async (host) => {
    const server = await withTls();
    const url = server.url.replace('127.0.0.1', host);
    await expectWorks({ url, ...trust(), sslServername: NAME });
    await expectRefused({ url, ...trust(), sslServername: 'other.test' });
    await expectRefused({ url, ...trust() });
  });

  it('is verified on every node of a cluster that announces addresses', async () => {
    const node = async (): Promise<RedisServer> => {
      const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())];
      const args = [...cluster, '--tls-cluster', 'yes', '--cluster-announce-ip', '127.0.0.1'];
      return withTls({ args });
    };
    const nodes = [await node(), await node(), await node()];
    await wire(nodes, nodes.length);
    for (const each of nodes) {
      const state = async (): Promise<string> => String(await each.command('CLUSTER', 'INFO'));
      await expect.poll(state, PATIENCE).toContain('cluster_state:ok');
    }
    const url = nodes[0]?.url.replace('127.0.0.1', 'localhost');
    const store = { url, ...trust(), sslServername: NAME };
    const rateSync = await rateSyncOver(store);
    await rateSync.check();
    await expectEveryOperation(rateSync);
    for (const each of nodes) expect(await connectionsOf(each)).toHaveLength(1);
    await expectRefused({ url, ...trust() });
  });

  it('is what the doctor recommends, and uses', async () => {
    const server = await withTls({ password: CANARY });
    const lines = `url = "${server.url}"\nssl_ca_certs = "${certificates.caFile}"`;
    const found = expectResult(await examine(storeOf(lines)), 'store-reachable', 'fail');
    expect(found.fix).toContain('ssl_servername');
    const named = await examine(storeOf(`${lines}\nssl_servername = "${NAME}"`));
    expectResult(named, 'store-reachable', 'pass');
    expectResult(named, 'enforcement', 'pass');
  });
});

describe('sentinels', () => {
  const watcher = { sentinelUsername: 'watcher', sentinelPassword: CANARY };

  /** What a server needs that connects to others with TLS, wherever it listens. */
  const tlsToOthers = (): string[] => {
    const { caFile, certFile, keyFile } = certificates.otherHost;
    const files = ['--tls-ca-cert-file', caFile, '--tls-cert-file', certFile];
    return [...files, '--tls-key-file', keyFile, '--tls-replication', 'yes'];
  };

  async function sentinelOf(master: RedisServer, options: RedisServerOptions) {
    const { args = [], ...rest } = options;
    const config = [`sentinel monitor mymaster 127.0.0.1 ${String(master.port)} 1`];
    return start({ config, args: ['--sentinel', ...args], ...rest });
  }

  it('B1: have the name of ssl_servername, and so has their master', async () => {
    const replication = ['--tls-replication', 'yes'];
    const master = await withTls({ args: replication });
    const sentinel = await sentinelOf(master, { tls: certificates.otherHost, args: replication });
    const store = { sentinels: [addressOf(sentinel)], ssl: true, ...trust() };
    await expectWorks({ ...store, sslServername: NAME });
    await expectRefused(store);
  });

  it('B2: without TLS lead to a master with TLS', async () => {
    const master = await withTls();
    const sentinel = await sentinelOf(master, { args: tlsToOthers() });
    const store = { sentinels: [addressOf(sentinel)], ssl: true, sslServername: NAME, ...trust() };
    await expectWorks({ ...store, sentinelSsl: false });
    const rateSync = await rateSyncOver({ ...store, socketConnectTimeout: 0.5 });
    await expect(rateSync.check()).rejects.toMatchObject({ storeId: 'main' });
    const lines =
      `sentinels = ["${addressOf(sentinel)}"]\nssl = true\nsentinel_ssl = false\n` +
      `ssl_servername = "${NAME}"\nssl_ca_certs = "${certificates.caFile}"`;
    const elsewhere = { scopeOf: () => Promise.resolve('private' as const) };
    const results = await examine(storeOf(lines), elsewhere);
    expectResult(results, 'store-reachable', 'pass');
    const { detail } = expectResult(results, 'tls', 'warn');
    expect(detail).toContain(`${addressOf(sentinel)} is on a private network`);
    expect(detail).not.toContain(`127.0.0.1:${String(master.port)}`);
  });

  it('B2: with TLS lead to a master without', async () => {
    const master = await start({});
    const sentinel = await sentinelOf(master, { tls: certificates.otherHost });
    const store = { sentinels: [addressOf(sentinel)], sslServername: NAME, ...trust() };
    await expectWorks({ ...store, sentinelSsl: true });
    await expectWorks({ ...store, ssl: false, sentinelSsl: true });
  });

  it('B2: let in a user of their own, and follow a failover as that user', async () => {
    const master = await start({ password: 'data-pw' });
    const replicaOf = ['--replicaof', '127.0.0.1', String(master.port)];
    const replica = await start({ password: 'data-pw', args: replicaOf });
    const users = [`watcher on >${CANARY} ~* &* +@all`, 'default off'];
    const sentinel = await sentinelOf(master, { users });
    await sentinel.command('SENTINEL', 'SET', 'mymaster', 'auth-pass', 'data-pw');
    const replicas = async (): Promise<string> =>
      String(await sentinel.command('SENTINEL', 'REPLICAS', 'mymaster'));
    await expect
      .poll(replicas, { ...PATIENCE, timeout: 30_000 })
      .toContain('master-link-status,ok');
    const store = { sentinels: [addressOf(sentinel)], password: 'data-pw' };
    const rateSync = await rateSyncOver({ ...store, ...watcher });
    await rateSync.check();
    await expectEveryOperation(rateSync);
    await sentinel.command('SENTINEL', 'FAILOVER', 'mymaster');
    await expect
      .poll(() => connectionsOf(replica), { ...PATIENCE, timeout: 30_000 })
      .toHaveLength(1);
    await expect.poll(() => works(rateSync), PATIENCE).toBe(true);

    const stranger = await rateSyncOver({ ...store, sentinelPassword: CANARY });
    const failure = await stranger.check().catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'auth' });
    expect(everythingIn(failure)).not.toContain(CANARY);
    const login = `password = "data-pw"\nsentinel_username = "watcher"\nsentinel_password = "${CANARY}"`;
    const results = await examine(storeOf(`sentinels = ["${addressOf(sentinel)}"]\n${login}`));
    expectResult(results, 'enforcement', 'pass');
  });
});
