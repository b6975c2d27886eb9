import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StoreConfig } from '../../src/config/index.js';
import { makeCertificates, type TestCertificates } from '../support/redis/certificates.js';
import { freePort } from '../support/redis/free-port.js';
import { RedisServer, type RedisServerOptions } from '../support/redis/redis-server.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/redis/temporary-folder.js';
import { connectionsOf } from './topology-connections.js';
import { expectEveryOperation, works } from './topology-operations.js';
import { everythingIn } from './topology-secrecy.js';
import { closeSubjects, open, PATIENCE, rateSyncOver } from './topology-subject.js';

/** The error of OpenSSL depends on whether the server sends its authority too. */
const UNKNOWN_AUTHORITY = /^(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/;

type Which = 'good' | 'expired' | 'otherHost' | 'mutual' | 'plain';

const PASSWORD = 'tls-pw';

let certificates: TestCertificates;
let servers: Readonly<Record<Which, RedisServer>>;
let rubbish: string;
let folder: TemporaryFolder;
beforeAll(async () => {
  certificates = await makeCertificates();
  const { server: tls, expired, otherHost } = certificates;
  const start = (options: RedisServerOptions): Promise<RedisServer> => RedisServer.start(options);
  const [good, old, other, mutual, plain] = await Promise.all([
    start({ tls, password: PASSWORD }),
    start({ tls: expired }),
    start({ tls: otherHost }),
    start({ tls, args: ['--tls-auth-clients', 'yes'] }),
    start({}),
  ]);
  servers = { good, expired: old, otherHost: other, mutual, plain };
  folder = await makeTemporaryFolder('pem');
  rubbish = join(folder.path, 'rubbish.pem');
  await writeFile(rubbish, 'this is no certificate\n');
});
afterEach(closeSubjects);
afterAll(async () => {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  await Promise.all([certificates.remove(), folder.remove()]);
});

const ca = (): StoreConfig => ({ sslCaCerts: certificates.caFile });
const clientCertificate = (): StoreConfig => ({
  sslCertfile: certificates.client.certFile,
  sslKeyfile: certificates.client.keyFile,
});
const withoutScheme = (which: Which): string => servers[which].url.replace(/^rediss?:/, 'redis:');

describe('a server with TLS', () => {
  it.each<[string, () => StoreConfig, Record<string, string>]>([
    ['by rediss:// and a private authority', () => ({ url: servers.good.url, ...ca() }), {}],
    ['by the key ssl', () => ({ url: withoutScheme('good'), ssl: true, ...ca() }), {}],
    ['by $REDIS_SSL', () => ({ url: withoutScheme('good'), ...ca() }), { REDIS_SSL: 'true' }],
    ['by its name', () => ({ url: byName(), ...ca() }), {}],
    ['without verification', () => ({ url: servers.good.url, sslCertReqs: 'none' }), {}],
    [
      'without verification, by $REDIS_CERT_REQS',
      () => ({ url: servers.good.url }),
      { REDIS_CERT_REQS: 'none' },
    ],
    [
      'with $REDIS_CERT_REQS',
      () => ({ url: servers.good.url, sslCertReqs: 'required', ...ca() }),
      { REDIS_CERT_REQS: 'none' },
    ],
    ['and topology "single"', () => ({ url: servers.good.url, topology: 'single', ...ca() }), {}],
    ['in a database', () => ({ url: `${servers.good.url}/2`, ...ca() }), {}],
  ])('is reached %s', async (_, store, env) => {
    const rateSync = await rateSyncOver(store(), { env });
    await rateSync.check();
    await expectEveryOperation(rateSync);
    expect(rateSync.listStores()).toMatchObject([{ topology: 'single' }]);
    expect(await connectionsOf(servers.good)).toHaveLength(1);
  });

  it.each(['expired', 'otherHost'] as const)(
    'is not verified if so configured: %s',
    async (which) => {
      const rateSync = await rateSyncOver({ url: servers[which].url, sslCertReqs: 'none' });
      await rateSync.check();
      expect(await works(rateSync)).toBe(true);
    },
  );

  it('receives a certificate when it requires one', async () => {
    const url = servers.mutual.url;
    const rateSync = await rateSyncOver({ url, ...ca(), ...clientCertificate() });
    await rateSync.check();
    await expectEveryOperation(rateSync);
  });

  it('is reached again after a restart', async () => {
    const rateSync = await rateSyncOver({ url: servers.good.url, ...ca() });
    await rateSync.check();
    await servers.good.restart();
    await expect.poll(() => works(rateSync), PATIENCE).toBe(true);
    await expectEveryOperation(rateSync);
  });

  function byName(): string {
    return servers.good.url.replace('127.0.0.1', 'localhost');
  }
});

describe('a server that cannot be trusted fails the start, with the reason of OpenSSL', () => {
  it.each<[string, Which, () => StoreConfig, RegExp]>([
    ['no authority is known', 'good', () => ({}), UNKNOWN_AUTHORITY],
    [
      'another authority is known',
      'good',
      () => ({ sslCaCerts: certificates.otherCaFile }),
      UNKNOWN_AUTHORITY,
    ],
    ['the certificate has expired', 'expired', ca, /CERT_HAS_EXPIRED/],
    ['the certificate is for another host', 'otherHost', ca, /ERR_TLS_CERT_ALTNAME_INVALID/],
  ])('%s', async (_, which, store, code) => {
    const rateSync = await rateSyncOver({ url: servers[which].url, ...store() });
    const failure = await rateSync.check().catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'RATE_SYNC_STORE_UNAVAILABLE',
      storeId: 'main',
      address: `127.0.0.1:${String(servers[which].port)}`,
      kind: 'tls',
      failureCode: expect.stringMatching(code) as string,
    });
    expect(everythingIn(failure)).not.toContain(PASSWORD);
    expect(await works(rateSync)).toBe(false);
    expect(await connectionsOf(servers[which])).toEqual([]);
  });

  it('it requires a certificate, and there is none', async () => {
    const rateSync = await rateSyncOver({ url: servers.mutual.url, ...ca() });
    const failure = await rateSync.check().catch((error: unknown) => error);
    // Whether the alert or the end of the connection is read first is up to the network.
    const code = /^(ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED|ECONNRESET|EPIPE)$/;
    expect(failure).toMatchObject({
      kind: expect.stringMatching(/^(tls|connection)$/) as string,
      failureCode: expect.stringMatching(code) as string,
    });
  });

  it('it does not speak TLS', async () => {
    const url = servers.plain.url.replace('redis:', 'rediss:');
    const rateSync = await rateSyncOver({ url, socketConnectTimeout: 0.5 });
    const failure = await rateSync.check().catch((error: unknown) => error);
    // Redis takes the greeting for the beginning of a command, and waits for its end.
    expect(failure).toMatchObject({
      storeId: 'main',
      kind: expect.stringMatching(/^(tls|connection|timeout)$/) as string,
    });
    expect(await works(rateSync)).toBe(false);
  });

  it('it speaks TLS, and the store does not', async () => {
    const rateSync = await rateSyncOver({ url: withoutScheme('good') });
    const failure = await rateSync.check().catch((error: unknown) => error);
    expect(failure).toMatchObject({ storeId: 'main', kind: 'tls', failureCode: 'TLS_PORT' });
    expect(await works(rateSync)).toBe(false);
  });
});

describe('TLS to several servers', () => {
  let started: RedisServer[] = [];
  afterEach(async () => {
    await closeSubjects();
    await Promise.all(started.splice(0).map((server) => server.stop()));
  });

  async function start(options: RedisServerOptions): Promise<RedisServer> {
    const tls = certificates.server;
    const server = await RedisServer.start({ tls, password: PASSWORD, ...options });
    started = [...started, server];
    return server;
  }

  it('leads to a cluster', async () => {
    const args = ['--cluster-enabled', 'yes', '--tls-cluster', 'yes'];
    const lonely = await start({ args: [...args, '--cluster-port', String(await freePort())] });
    await lonely.command('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    const state = async (): Promise<string> => String(await lonely.command('CLUSTER', 'INFO'));
    await expect.poll(state, PATIENCE).toContain('cluster_state:ok');

    const rateSync = await rateSyncOver({ url: lonely.url, ...ca() });
    await rateSync.check();
    await expectEveryOperation(rateSync);
    expect(rateSync.listStores()).toMatchObject([{ topology: 'cluster' }]);
    const distrustful = await rateSyncOver({ url: lonely.url });
    await expect(distrustful.check()).rejects.toMatchObject({ kind: 'tls' });
  });

  it('leads to sentinels and to their master', async () => {
    const replication = ['--tls-replication', 'yes'];
    const master = await start({ args: replication });
    const config = [
      `sentinel monitor mymaster 127.0.0.1 ${String(master.port)} 1`,
      `sentinel auth-pass mymaster ${PASSWORD}`,
    ];
    const sentinel = await start({ config, args: ['--sentinel', ...replication] });
    const store: StoreConfig = {
      sentinels: [`127.0.0.1:${String(sentinel.port)}`],
      password: PASSWORD,
      sentinelPassword: PASSWORD,
      ssl: true,
    };
    const rateSync = await rateSyncOver({ ...store, ...ca() });
    await rateSync.check();
    await expectEveryOperation(rateSync);
    expect(await connectionsOf(master)).toHaveLength(1);
    const distrustful = await rateSyncOver(store);
    await expect(distrustful.check()).rejects.toMatchObject({
      storeId: 'main',
      kind: expect.stringMatching(/^(tls|connection)$/) as string,
    });
    expect(await works(distrustful)).toBe(false);
  });
});

describe('a file that cannot be used is a configuration error', () => {
  const missing = '/nowhere/at/all.pem';

  it.each<[string, () => StoreConfig, string]>([
    ['an authority that does not exist', () => ({ sslCaCerts: missing }), 'ssl_ca_certs'],
    [
      'a certificate that does not exist',
      () => ({ ...clientCertificate(), sslCertfile: missing }),
      'ssl_certfile',
    ],
    [
      'a key that does not exist',
      () => ({ ...clientCertificate(), sslKeyfile: missing }),
      'ssl_keyfile',
    ],
    ['an authority that is a folder', () => ({ sslCaCerts: folder.path }), 'ssl_ca_certs'],
    ['an authority that is not PEM', () => ({ sslCaCerts: rubbish }), 'ssl_ca_certs'],
    [
      'a certificate that is not PEM',
      () => ({ ...clientCertificate(), sslCertfile: rubbish }),
      'ssl_certfile',
    ],
    [
      'a key that is not PEM',
      () => ({ ...clientCertificate(), sslKeyfile: rubbish }),
      'ssl_keyfile',
    ],
    [
      'a key of another certificate',
      () => ({ ...clientCertificate(), sslKeyfile: certificates.server.keyFile }),
      'ssl_keyfile',
    ],
  ])('%s', async (_, store, key) => {
    const opening = rateSyncOver({ url: servers.good.url, ...store() });
    await expect(opening).rejects.toMatchObject({
      code: 'RATE_SYNC_INVALID_CONFIG',
      problems: [{ path: `stores.main.${key}` }],
    });
  });

  it('and leaves no connection of another store open', async () => {
    const stores = {
      fine: { url: servers.plain.url },
      wrong: { url: servers.good.url, sslCaCerts: missing },
    };
    const limiters = { one: { storeId: 'fine', ratePerSecond: 1 } };
    const opening = open({ config: { stores, limiters }, env: {} });
    await expect(opening).rejects.toMatchObject({ code: 'RATE_SYNC_INVALID_CONFIG' });
    await expect.poll(() => connectionsOf(servers.plain, 'fine'), PATIENCE).toEqual([]);
    await expect(neverConnects('fine')).resolves.toBe(true);
  });

  /** Checks a few times: a leaked client would be connected by then. */
  async function neverConnects(storeId: string): Promise<boolean> {
    for (let look = 0; look < 20; look += 1) {
      if ((await connectionsOf(servers.plain, storeId)).length > 0) return false;
    }
    return true;
  }
});
