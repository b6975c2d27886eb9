import { describe, expect, it } from 'vitest';
import { FaultProxy } from '../../support/redis/fault-proxy.js';
import { freePort } from '../../support/redis/free-port.js';
import { waitUntil } from '../../support/redis/wait-until.js';
import { having, within } from './answers.js';
import { calm, expectBack } from './soak.js';
import {
  expectCounted,
  expectDegraded,
  expectHonest,
  expectLogged,
  expectNoSecret,
  expectQuick,
  SILENT,
} from './expectations.js';
import { logText, type FaultApp } from './fault-app.js';
import { anApp, aProxy, aSecret, aServer, startOf, urlOf } from './fixture.js';

/** Starts are slow on a busy machine; without an answer they would never end. */
const START_WITHIN_MS = 8_000;

/** Lets an application that has started without its store live until the store is there. */
async function comeUp(app: FaultApp, arrive: () => unknown, backWithinMs: number) {
  const load = app.load();
  await waitUntil('some answers', () => load.answers.length > 60);
  const arrivesMs = performance.now();
  await arrive();
  const arrivedMs = performance.now();
  await calm(load);
  const answers = await load.stop();
  expectHonest(answers);
  expectDegraded(within(answers, 0, arrivesMs), 0.99);
  const untouched = having(within(answers, 0, arrivesMs), 'degraded').slice(30);
  expectQuick(untouched, within(load.unlimited, 0, arrivesMs));
  expectBack(load, arrivedMs, backWithinMs);
  return answers;
}

describe.concurrent('a start without the store', () => {
  it('F25: no server listens: degrade starts, and recovers by itself', async (test) => {
    const [secret, port] = [aSecret(), await freePort()];
    const startMs = performance.now();
    const app = await anApp(test, {
      name: 'f25',
      store: { url: urlOf(port, secret) },
      onStartupFailure: 'degrade',
    });
    expect(performance.now() - startMs).toBeLessThan(START_WITHIN_MS);
    expect(logText()).toContain(`store "f25" at 127.0.0.1:${String(port)} refused the connection`);
    await comeUp(app, () => aServer(test, { port, password: secret }), 2_000);
    expectLogged(app, ['connection/ECONNREFUSED'], secret);
  });

  it('F25: no server listens: throw fails the start, and reports the cause', async () => {
    const [secret, port] = [aSecret(), await freePort()];
    const started = startOf({ name: 'f25-throw', store: { url: urlOf(port, secret) } });
    await expectFailedStart(started, { port, secret, why: 'refused the connection' });
  });

  it('F26: a server accepts and never replies: degrade starts, and recovers by itself', async (test) => {
    const secret = aSecret();
    const proxy = await aProxy(test, await aServer(test, { password: secret }));
    proxy.set('blackhole');
    const startMs = performance.now();
    const app = await anApp(test, {
      name: 'f26',
      store: { url: urlOf(proxy.port, secret) },
      onStartupFailure: 'degrade',
    });
    expect(performance.now() - startMs).toBeLessThan(START_WITHIN_MS);
    await comeUp(
      app,
      () => {
        proxy.set('pass');
      },
      3_000,
    );
    expectLogged(app, SILENT, secret);
  });

  it('F26: a server accepts and never replies: throw fails the start, and reports the cause', async (test) => {
    const secret = aSecret();
    const proxy = await FaultProxy.start(1);
    test.onTestFinished(() => proxy.close());
    proxy.set('blackhole');
    const { port } = proxy;
    const started = startOf({ name: 'f26-throw', store: { url: urlOf(port, secret) } });
    await expectFailedStart(started, { port, secret, why: 'did not respond in time' });
    await waitUntil('the connection to be closed', () => proxy.connections === 0);
  });

  it('F26: a server that is stopped counts nothing of what it was asked then', async (test) => {
    const secret = aSecret();
    const server = await aServer(test, { password: secret });
    server.pause();
    const app = await anApp(test, {
      name: 'f26-stopped',
      store: { url: server.url },
      onStartupFailure: 'degrade',
    });
    const resume = (): void => {
      server.resume();
    };
    const answers = await comeUp(app, resume, 3_000);
    await expectCounted(app, answers);
    expectNoSecret(app, secret);
  });

  it('F16: the password is wrong', async (test) => {
    const secret = aSecret();
    const server = await aServer(test, { password: aSecret() });
    const proxy = await aProxy(test, server);
    const app = await anApp(test, {
      name: 'f16',
      store: { url: urlOf(proxy.port, secret) },
      onStartupFailure: 'degrade',
    });
    const startMs = performance.now();
    const load = app.load();
    await waitUntil('some answers', () => load.answers.length > 90);
    const seconds = (performance.now() - startMs) / 1_000;
    expect(proxy.totalConnections).toBeLessThan(8 + 2 * seconds);
    await server.command('CONFIG', 'SET', 'requirepass', secret);
    const rightMs = performance.now();
    await calm(load);
    const answers = await load.stop();
    expectHonest(answers);
    expectDegraded(within(answers, 0, rightMs), 0.99);
    expectBack(load, rightMs);
    expect(logText()).toContain('rejected the user name or the password (auth, WRONGPASS)');
    expectLogged(app, ['auth/WRONGPASS'], secret);
  });

  it('F24: the name of the host is unknown', async (test) => {
    const secret = aSecret();
    const app = await anApp(test, {
      name: 'f24-dns',
      store: { url: `redis://:${secret}@redis.invalid:6379` },
      onStartupFailure: 'degrade',
    });
    const load = app.load();
    await waitUntil('some answers', () => load.answers.length > 60);
    const answers = await load.stop();
    expectHonest(answers);
    expectDegraded(answers, 0.99);
    expectLogged(app, ['connection/ENOTFOUND', 'connection/EAI_AGAIN'], secret);
  });
});

async function expectFailedStart(
  started: Promise<unknown>,
  { port, secret, why }: { readonly port: number; readonly secret: string; readonly why: string },
): Promise<void> {
  const startMs = performance.now();
  const message = await started.then(() => 'it started', String);
  expect(message).toContain('RATE_SYNC_STORE_UNAVAILABLE');
  expect(message).toContain(`at 127.0.0.1:${String(port)} ${why}`);
  expect(message + logText()).not.toContain(secret);
  expect(performance.now() - startMs).toBeLessThan(START_WITHIN_MS);
}
