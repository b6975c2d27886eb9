import { randomBytes } from 'node:crypto';
import type { TestContext } from 'vitest';
import { FaultProxy } from '../../support/redis/fault-proxy.js';
import { RedisServer, type RedisServerOptions } from '../../support/redis/redis-server.js';
import { FaultApp, type FaultAppOptions } from './fault-app.js';

/** A server, a network and an application that uses the server through it. */
export interface Scene {
  readonly server: RedisServer;
  readonly proxy: FaultProxy;
  readonly app: FaultApp;
  /** The password of the server, which must never be revealed. */
  readonly secret: string;
}

/** What is different from the usual. */
export interface SceneOptions extends Partial<FaultAppOptions> {
  readonly name: string;
  readonly server?: RedisServerOptions;
  /** How the application logs in: with the password of everybody unless said otherwise. */
  readonly login?: 'password' | 'user' | 'none';
  /** Whether the application connects straight to the server; not unless said otherwise. */
  readonly isDirect?: boolean;
}

/** The user of applications that have one of their own. */
export const APP_USER = 'app';

/** Sets a scene up, and clears it away when the test is over. */
export async function setUp(test: TestContext, options: SceneOptions): Promise<Scene> {
  const { login = 'password', isDirect = false } = options;
  const secret = aSecret();
  const protection = {
    password: { password: secret },
    user: { users: [`${APP_USER} on >${secret} ~* &* +@all`] },
    none: {},
  }[login];
  const server = await aServer(test, { ...protection, ...options.server });
  const proxy = await aProxy(test, server);
  const { port } = isDirect ? server : proxy;
  const credentials = { password: `:${secret}@`, user: `${APP_USER}:${secret}@`, none: '' }[login];
  const url = `redis://${credentials}127.0.0.1:${String(port)}`;
  const start = () => anApp(test, { ...options, store: { url, ...options.store } });
  // A greeting may take a second, which a machine that is very busy exceeds.
  const app = await start().catch(start);
  return { server, proxy, secret, app };
}

export async function aServer(
  test: TestContext,
  options: RedisServerOptions = {},
): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  test.onTestFinished(() => server.stop());
  return server;
}

export async function aProxy(test: TestContext, server: RedisServer): Promise<FaultProxy> {
  const proxy = await FaultProxy.start(server.port);
  test.onTestFinished(() => proxy.close());
  return proxy;
}

export async function anApp(test: TestContext, options: FaultAppOptions): Promise<FaultApp> {
  const app = await FaultApp.start(options);
  test.onTestFinished(() => app.close());
  return app;
}

/** A start that is expected to fail. */
export async function startOf(options: FaultAppOptions): Promise<void> {
  await (await FaultApp.start(options)).close();
}

/** A password that is easy to find in a text. */
export function aSecret(): string {
  return `c4nary-${randomBytes(6).toString('hex')}`;
}

export function urlOf(port: number, password: string): string {
  return `redis://:${password}@127.0.0.1:${String(port)}`;
}
