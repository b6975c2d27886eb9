import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { isAcquireTimeoutError, RateSyncService } from '@rate-sync/nestjs';
import { FakeClock, overrideRateSync, TestStore } from '@rate-sync/nestjs/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { send } from '../support/http/client.js';
import { manyTimes, statuses, times } from '../support/http/serve.js';
import { handler } from './bundling-and-serverless/handler.js';
import { bootstrap as bootstrapWithCors } from './cors/main.js';
import { bootstrap as bootstrapLimited } from './unmatched-routes/main.js';
import { MailService, WorkerModule } from './bullmq-worker/worker.module.js';
import { useConfigFileOf } from './recipe.js';

// The programs of the recipes log as any application does.
Logger.overrideLogger(false);

async function urlOf(app: INestApplication): Promise<string> {
  onTestFinished(() => app.close());
  const { port } = new URL(await app.getUrl());
  return `http://127.0.0.1:${port}`;
}

describe('404s and static files', () => {
  it('are limited', async () => {
    useConfigFileOf('unmatched-routes');
    const folder = await mkdtemp(join(tmpdir(), 'rate-sync-static-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'logo.txt'), 'logo');
    const url = await urlOf(await bootstrapLimited(0, folder));

    const logos = await manyTimes(250, () => send(`${url}/logo.txt`));
    const lost = await manyTimes(250, () => send(`${url}/no-such-page`));
    expect(new Set(statuses(logos))).toEqual(new Set([200]));
    expect(new Set(statuses(lost))).toEqual(new Set([404]));
    for (const path of ['/logo.txt', '/no-such-page']) {
      const denied = await send(`${url}${path}`);
      expect(denied.status).toBe(429);
      expect(Number(denied.headers['retry-after'])).toBeGreaterThan(0);
    }
  });
});

describe('CORS', () => {
  it('exposes the headers of allowed and denied responses', async () => {
    const url = await urlOf(await bootstrapWithCors(0));
    const headers = { origin: 'https://app.example.org' };
    const replies = await times(3, () => send(`${url}/articles`, { headers }));
    expect(statuses(replies)).toEqual([200, 200, 429]);
    for (const reply of replies) {
      const exposed = (reply.headers['access-control-expose-headers'] ?? '').toLowerCase();
      const ours = Object.keys(reply.headers).filter((name) => /ratelimit|retry/.test(name));
      expect(ours.length).toBeGreaterThan(4);
      expect(exposed.split(/,\s*/)).toEqual(expect.arrayContaining(ours));
    }
  });
});

describe('serverless', () => {
  it('keeps one application, and its counts, between calls of the function', async () => {
    const server = createServer((request, response) => void handler(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/articles`;
    const [first, second] = await times(2, () => send(url));
    expect(first?.headers['x-ratelimit-remaining']).toBe('99');
    expect(second?.headers['x-ratelimit-remaining']).toBe('98');
  });
});

describe('outgoing calls of a worker', () => {
  async function start(clock: FakeClock) {
    useConfigFileOf('bullmq-worker');
    const testing = Test.createTestingModule({ imports: [WorkerModule] });
    const worker = await overrideRateSync(testing, { store: new TestStore(), clock }).compile();
    onTestFinished(() => worker.close());
    return { mails: worker.get(MailService), limiters: worker.get(RateSyncService) };
  }
  const letter = { to: 'ada@example.org', subject: 'Hello' };

  it('wait for their turn', async () => {
    const clock = new FakeClock();
    const { mails } = await start(clock);
    for (let count = 1; count <= 3; count++) void mails.send(letter);
    await clock.advanceAndSettle(0);
    expect(mails.sent).toHaveLength(1);
    await clock.advanceAndSettle(100);
    expect(mails.sent).toHaveLength(2);
    await clock.advanceAndSettle(100);
    expect(mails.sent).toHaveLength(3);
  });

  it('are rejected at once when no turn comes in time', async () => {
    const { mails, limiters } = await start(new FakeClock());
    const others = Array.from({ length: 250 }, () =>
      limiters.getLimiter('mail_api').acquire('', { timeoutMs: 30_000 }),
    );
    for (const other of others) other.catch(() => undefined);
    await expect(mails.send(letter)).rejects.toSatisfy(isAcquireTimeoutError);
    expect(mails.sent).toEqual([]);
  });
});
