import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates, type TestCertificates } from '../support/redis/certificates.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { RespConnection } from '../support/redis/resp.js';

describe('certificates of the harness', () => {
  let certificates: TestCertificates;
  beforeAll(async () => {
    certificates = await makeCertificates();
  });
  afterAll(() => certificates.remove());

  async function ping(server: RedisServer, tls: object): Promise<unknown> {
    const connection = await RespConnection.open(server.port, { tls });
    return connection.command('PING');
  }

  it('the good one is accepted from the right authority only', async () => {
    const server = await RedisServer.start({ tls: certificates.server, password: 'pw' });
    expect(server.url).toBe(`rediss://:pw@127.0.0.1:${String(server.port)}`);
    const ca = readFileSync(certificates.caFile);
    const tls = { ca };
    const connection = await RespConnection.open(server.port, { tls, password: 'pw' });
    expect(await connection.command('PING')).toBe('PONG');
    const host = 'localhost';
    expect(await RespConnection.open(server.port, { host, tls })).toBeInstanceOf(RespConnection);
    await expect(ping(server, { ca: readFileSync(certificates.otherCaFile) })).rejects.toThrow(
      /unable to verify|self.signed/,
    );
    await server.restart({ keepData: true });
    expect(await server.command('PING')).toBe('PONG');
    await server.stop();
  });

  it.each([
    ['expired', 'CERT_HAS_EXPIRED'],
    ['otherHost', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ] as const)('%s: is refused with %s', async (name, code) => {
    const server = await RedisServer.start({ tls: certificates[name] });
    const ca = readFileSync(certificates.caFile);
    await expect(ping(server, { ca })).rejects.toMatchObject({ code });
    await server.stop();
  });

  it('the client has one where it must', async () => {
    const args = ['--tls-auth-clients', 'yes'];
    const server = await RedisServer.start({ tls: certificates.server, args });
    const ca = readFileSync(certificates.caFile);
    await expect(ping(server, { ca })).rejects.toThrow(/certificate required|ECONNRESET|closed/);
    const cert = readFileSync(certificates.client.certFile);
    const key = readFileSync(certificates.client.keyFile);
    expect(await ping(server, { ca, cert, key })).toBe('PONG');
    await server.stop();
  });
});
