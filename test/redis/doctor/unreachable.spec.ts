import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../../src/cli/doctor/check.js';
import { makeCertificates, type TestCertificates } from '../../support/redis/certificates.js';
import { FaultProxy } from '../../support/redis/fault-proxy.js';
import { freePort } from '../../support/redis/free-port.js';
import { RedisServer } from '../../support/redis/redis-server.js';
import { CANARY, examine, expectResult, storeOf } from './examine.js';

let server: RedisServer;
let secure: RedisServer;
let expired: RedisServer;
let certificates: TestCertificates;
beforeAll(async () => {
  certificates = await makeCertificates();
  [server, secure, expired] = await Promise.all([
    RedisServer.start({ password: CANARY }),
    RedisServer.start({ password: CANARY, tls: certificates.server }),
    RedisServer.start({ tls: certificates.expired }),
  ]);
});
afterAll(async () => {
  await Promise.all([server.stop(), secure.stop(), expired.stop(), certificates.remove()]);
});

/** The cause; every other check of the store is skipped with it. */
function causeOf(results: readonly CheckResult[]): string {
  const at = results.findIndex(({ id }) => id === 'store-reachable');
  const rest = results.slice(at + 1);
  expect(rest).toHaveLength(13);
  for (const { result, detail, storeId } of rest) {
    expect({ result, storeId }).toEqual({ result: 'skip', storeId: 'main' });
    expect(detail).toContain('store-reachable');
  }
  return expectResult(results, 'store-reachable', 'fail').detail;
}

const login = `:${CANARY}@`;

describe('store-reachable', () => {
  it('names a port on which nothing listens', async () => {
    const port = await freePort();
    const results = await examine(storeOf(`url = "redis://${login}127.0.0.1:${String(port)}"`));
    expect(causeOf(results)).toContain(`127.0.0.1:${String(port)} refused the connection`);
  });

  it('names a host that does not exist', async () => {
    const results = await examine(storeOf(`url = "redis://${login}nowhere.invalid:6379"`));
    expect(causeOf(results)).toMatch(/nowhere\.invalid:6379 has a host name that/);
  });

  it('names a wrong password', async () => {
    const url = server.url.replace(CANARY, `${CANARY}-wrong`);
    expect(causeOf(await examine(storeOf(`url = "${url}"`)))).toContain('WRONGPASS');
  });

  it('names a password that is missing', async () => {
    const url = server.url.replace(login, '');
    expect(causeOf(await examine(storeOf(`url = "${url}"`)))).toContain('requires a password');
  });

  it('names a server that is stopped', async () => {
    server.pause();
    try {
      const results = await examine(storeOf(`url = "${server.url}"`));
      expect(causeOf(results)).toContain('did not respond in time');
    } finally {
      server.resume();
    }
  });

  it('names a network that drops all packets', async () => {
    const proxy = await FaultProxy.start(server.port);
    proxy.set('blackhole');
    try {
      const url = server.url.replace(String(server.port), String(proxy.port));
      expect(causeOf(await examine(storeOf(`url = "${url}"`)))).toContain('did not respond');
    } finally {
      await proxy.close();
    }
  });

  it('names a server that has no connection left', async () => {
    await server.command('PING');
    await server.faults.maxclients(1);
    try {
      const results = await examine(storeOf(`url = "${server.url}"`));
      expect(causeOf(results)).toContain('maxclients');
    } finally {
      await server.faults.heal();
    }
  });

  it('names a database that the server does not have', async () => {
    const results = await examine(storeOf(`url = "${server.url}/4711"`));
    expect(causeOf(results)).toContain('database');
  });

  it('names an authority that is not trusted, and files that cannot be used', async () => {
    const untrusted = await examine(storeOf(`url = "${secure.url}"`));
    expect(causeOf(untrusted)).toContain('an untrusted authority');
    const lines = `url = "${secure.url}"\nssl_ca_certs = "/nowhere/ca.pem"`;
    expect(causeOf(await examine(storeOf(lines)))).toContain('ssl_ca_certs');
  });

  it('names a certificate that has expired', async () => {
    const lines = `url = "${expired.url}"\nssl_ca_certs = "${certificates.caFile}"`;
    expect(causeOf(await examine(storeOf(lines)))).toContain('expired');
  });

  it('names TLS on one side only', async () => {
    const tls = server.url.replace('redis:', 'rediss:');
    expect(causeOf(await examine(storeOf(`url = "${tls}"`)))).toContain('does not speak TLS');
    const plain = secure.url.replace('rediss:', 'redis:');
    expect(causeOf(await examine(storeOf(`url = "${plain}"`)))).toMatch(/TLS|closed/);
  });

  it('names a server that is no Redis server', async () => {
    const other = createServer((_, response) => response.end('canary'));
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      const results = await examine(storeOf(`url = "redis://127.0.0.1:${String(port)}"`));
      expect(causeOf(results)).toContain('does not speak the Redis protocol');
    } finally {
      other.close();
    }
  });

  it('checks a store despite the failure of another', async () => {
    const other = `[stores.other]\nurl = "redis://127.0.0.1:1"\n`;
    const config = storeOf(
      `url = "${server.url}"\n${other}`,
      '[limiters.a]\nrate_per_second = 1\nstore_id = "main"\n',
    );
    const results = await examine(config);
    const reached = results.filter(({ id }) => id === 'store-reachable');
    expect(reached).toMatchObject([
      { storeId: 'main', result: 'pass' },
      { storeId: 'other', result: 'fail' },
    ]);
  });
});

describe('tls', () => {
  const verified = (): string =>
    storeOf(`url = "${secure.url}"\nssl_ca_certs = "${certificates.caFile}"`);
  const unverified = (): string => storeOf(`url = "${secure.url}"\nssl_cert_reqs = "none"`);
  const plain = (): string => storeOf(`url = "${server.url}"`);
  const at = (scope: 'loopback' | 'private' | 'public') => ({
    scopeOf: () => Promise.resolve(scope),
  });

  it('fails without encryption or a verified certificate over a public network', async () => {
    const found = expectResult(await examine(plain(), at('public')), 'tls', 'fail');
    expect(found.fix).toContain('rediss://');
    expectResult(await examine(unverified(), at('public')), 'tls', 'fail');
    expectResult(await examine(verified(), at('public')), 'tls', 'pass');
  });

  it('warns within a private network, and passes on one machine', async () => {
    expectResult(await examine(plain(), at('private')), 'tls', 'warn');
    expectResult(await examine(unverified(), at('private')), 'tls', 'warn');
    expectResult(await examine(plain()), 'tls', 'pass');
    expectResult(await examine(unverified()), 'tls', 'pass');
  });

  it('runs every other check over TLS too', async () => {
    const results = await examine(verified());
    expectResult(results, 'enforcement', 'pass');
    expectResult(results, 'authentication', 'pass');
  });
});
