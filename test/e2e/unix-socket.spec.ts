import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RateLimit } from '@rate-sync/nestjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ClientIp } from '../../src/nest/transports/http/client-ip.js';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { create, limits, times, windowOf } from '../support/http/serve.js';
import { RecordedLog } from '../support/http/recorded-log.js';

const UNITS = 50;

@Controller()
class PageController {
  @Get()
  @RateLimit('page')
  page(): string {
    return 'ok';
  }
}

/** The Fastify adapter of Nest 11 takes a path for a port, so its server listens by itself. */
async function listenOn(app: INestApplication, path: string): Promise<void> {
  const { httpAdapter } = app.get(HttpAdapterHost);
  if (httpAdapter.getType() !== 'fastify') {
    await app.listen(path);
    return;
  }
  await app.init();
  const instance: { listen(options: { path: string }): Promise<unknown> } =
    httpAdapter.getInstance();
  await instance.listen({ path });
}

/** An application that listens on a Unix socket, as behind nginx on the same machine. */
async function behindUnixSocket(adapter: Adapter, trustedProxies?: readonly string[]) {
  const log = new RecordedLog();
  const config = limits({ page: windowOf(UNITS) }, { trustedProxies });
  const parts = { controllers: [PageController], rateSync: { config } };
  const app = await create(adapter, parts, log);
  const folder = mkdtempSync(join(tmpdir(), 'rs-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const socketPath = join(folder, 'app.sock');
  await listenOn(app, socketPath);
  /** How many requests have counted in the bucket of this one. */
  const count = async (forwarded?: string): Promise<number> => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    return UNITS - (await remaining(socketPath, headers));
  };
  const counts = (forwarded: readonly (string | undefined)[]) =>
    times(forwarded.length, (n) => count(forwarded[n]));
  return { log, counts };
}

function remaining(socketPath: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ socketPath, path: '/', headers, agent: false });
    sent.on('error', reject);
    sent.on('response', (response) => {
      response.resume();
      resolve(Number(response.headers['x-ratelimit-remaining']));
    });
    sent.end();
  });
}

const ADA = '198.51.100.1';
const GRACE = '198.51.100.2';

describe.each(ADAPTERS)('A3: a proxy on a Unix socket, on $name', (adapter) => {
  it('is believed when it is trusted', async () => {
    const { counts, log } = await behindUnixSocket(adapter, ['unix']);
    expect(await counts([ADA, GRACE, ADA, `${GRACE}, ${ADA}`])).toEqual([1, 1, 2, 3]);
    expect(log.having('trusted_proxies')).toEqual([]);
  });

  it('is believed about proxies before it as far as they are trusted', async () => {
    const { counts } = await behindUnixSocket(adapter, ['unix', '10.0.0.0/8']);
    expect(await counts([ADA, `${ADA}, 10.0.0.9`, `${GRACE}, ${ADA}, 10.0.0.9, 10.0.0.8`])).toEqual(
      [1, 2, 3],
    );
  });

  it('may have a Unix socket in front of it, too', async () => {
    const { counts } = await behindUnixSocket(adapter, ['unix']);
    expect(await counts([ADA, `${ADA}, unix:`, `${GRACE}, ${ADA}, unix:`])).toEqual([1, 2, 3]);
  });

  it('that forwards no address has one bucket for all clients, and a warning has the fix', async () => {
    const { counts, log } = await behindUnixSocket(adapter, ['unix']);
    expect(await counts([undefined, undefined, 'unix:', 'x'])).toEqual([1, 2, 3, 4]);
    expect(log.having('let the proxy in front send X-Forwarded-For')).toHaveLength(1);
  });

  it.each([undefined, ['10.0.0.0/8', 'loopback']])(
    'is not believed when it is not trusted, and one warning has the fix (trusted: %s)',
    async (trustedProxies) => {
      const { counts, log } = await behindUnixSocket(adapter, trustedProxies);
      expect(await counts([ADA, GRACE, `${GRACE}, unix:`, undefined])).toEqual([1, 2, 3, 4]);
      const lines = log.having('Put "unix" into [http] trusted_proxies');
      expect(lines).toHaveLength(1);
      expect(lines[0]?.level).toBe('warn');
    },
  );
});

describe('A3: the address of a peer', () => {
  const headers = { 'x-forwarded-for': ADA };
  const of = (socket: object | undefined, trustedProxies: readonly string[] | null) => {
    const warnings: string[] = [];
    const clientIp = new ClientIp({ trustedProxies, ipv6Subnet: 64 }, (message) => {
      warnings.push(message);
    });
    return { address: clientIp.of({ headers, socket }), warnings: warnings.length };
  };

  it.each([
    ['of an adapter for functions without one', {}],
    ['of an adapter for functions with an empty one', { remoteAddress: '' }],
    ['of a request without a socket', undefined],
  ])('%s may be trusted as "unix"', (_what, socket) => {
    expect(of(socket, ['unix'])).toEqual({ address: ADA, warnings: 0 });
    expect(of(socket, ['loopback'])).toEqual({ address: 'invalid-ip', warnings: 1 });
  });

  it.each([
    ['that hung up', { destroyed: true }],
    ['that hung up, before its socket knows it', { destroyed: false, localPort: 3_000 }],
  ])('%s is no proxy on a Unix socket, and not worth a warning', (_what, socket) => {
    expect(of(socket, ['unix'])).toEqual({ address: 'invalid-ip', warnings: 0 });
    expect(of(socket, null)).toEqual({ address: 'invalid-ip', warnings: 0 });
  });

  it('that is on TCP is not believed because of "unix"', () => {
    const socket = { remoteAddress: '127.0.0.1', localPort: 3_000 };
    expect(of(socket, ['unix']).address).toBe('127.0.0.1');
  });
});
