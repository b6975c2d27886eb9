import type { Server } from 'node:http';
import type { INestApplication, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  RateSyncModule,
  RateSyncService,
  type HttpConfig,
  type LimiterConfig,
  type RateSyncConfig,
  type RateSyncModuleExtras,
  type RateSyncModuleOptions,
} from '@rate-sync/nestjs';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../../src/core/clock.js';
import { RATE_SYNC_CLOCK, RATE_SYNC_OPEN_STORE } from '../../../src/nest/tokens.js';
import type { OpenStore } from '../../../src/runtime/open-store.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import type { Adapter, AdapterOptions } from './adapters.js';
import { send, sendRaw, type RawRequest, type Reply, type RequestHeaders } from './client.js';
import { RecordedLog } from './recorded-log.js';

/** An application to be served. */
export interface AppUnderTest extends AdapterOptions {
  readonly controllers?: readonly Type[];
  readonly providers?: readonly Provider[];
  /** Modules beside the application's own, or instead of `rateSync`. */
  readonly imports?: ModuleMetadata['imports'];
  /** Options of `RateSyncModule.forRoot`; left out when `imports` brings the module. */
  readonly rateSync?: RateSyncModuleOptions & RateSyncModuleExtras;
  /** Default: a `FakeClock`, which stands still. */
  readonly clock?: Clock;
  /** Default: the stores of the package. */
  readonly openStore?: OpenStore;
  /** Changes the application before it listens. */
  readonly prepare?: (app: INestApplication) => void;
}

/** An application that listens, and a client of it. */
export interface Served {
  readonly app: INestApplication;
  readonly url: string;
  readonly log: RecordedLog;
  readonly rateSync: RateSyncService;
  readonly get: (path: string, headers?: RequestHeaders) => Promise<Reply>;
  readonly post: (path: string, body?: unknown, headers?: RequestHeaders) => Promise<Reply>;
  readonly raw: (request: RawRequest) => Promise<Reply>;
}

/** Starts an application on 127.0.0.1, on a free port; it is closed when the test is over. */
export async function serve(adapter: Adapter, parts: AppUnderTest): Promise<Served> {
  const log = new RecordedLog();
  const app = await create(adapter, parts, log);
  parts.prepare?.(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    app,
    url,
    log,
    rateSync: app.get(RateSyncService, { strict: false }),
    get: (path, headers = {}) => awaitedLater(send(`${url}${path}`, { headers })),
    post: (path, body = {}, headers = {}) =>
      awaitedLater(
        send(`${url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
        }),
      ),
    raw: (request) => awaitedLater(sendRaw(url, request)),
  };
}

/** A test that fails before it awaits its requests has failed once, not once more per request. */
function awaitedLater<T>(reply: Promise<T>): Promise<T> {
  reply.catch(() => undefined);
  return reply;
}

/** Makes an application and does not start it. */
export async function create(
  adapter: Adapter,
  parts: AppUnderTest,
  log = new RecordedLog(),
): Promise<INestApplication> {
  const { controllers = [], providers = [], imports = [], rateSync, clock, openStore } = parts;
  const own = rateSync === undefined ? [] : [RateSyncModule.forRoot(rateSync)];
  const builder = Test.createTestingModule({
    imports: [...own, ...imports],
    controllers: [...controllers],
    providers: [...providers],
  }).setLogger(log);
  builder.overrideProvider(RATE_SYNC_CLOCK).useValue(clock ?? new FakeClock(1_000_000));
  if (openStore !== undefined) {
    builder.overrideProvider(RATE_SYNC_OPEN_STORE).useValue(openStore);
  }
  const testing = await builder.compile();
  const app = testing.createNestApplication(adapter.create(parts), { logger: log });
  onTestFinished(() => {
    (app.getHttpServer() as Server).closeAllConnections();
    return app.close();
  });
  return app;
}

/** A configuration with these limiters over one store in memory. */
export function limits(
  limiters: Readonly<Record<string, LimiterConfig>>,
  http: HttpConfig = {},
): RateSyncConfig {
  return { stores: { main: { strategy: 'memory' } }, limiters, http };
}

/** At most `limit` units in five minutes, like the seeds' login limits. */
export function windowOf(limit: number, more: LimiterConfig = {}): LimiterConfig {
  return { algorithm: 'sliding_window', limit, windowSeconds: 300, ...more };
}

/** Calls `again` so many times, one after the other, and tells what came back each time. */
export async function times<T>(count: number, again: (index: number) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  for (let index = 0; index < count; index++) answers.push(await again(index));
  return answers;
}

/** Calls `again` so many times, a few at once, and tells what came back. */
export async function manyTimes<T>(
  count: number,
  again: (index: number) => Promise<T>,
): Promise<T[]> {
  let next = 0;
  const oneAfterAnother = async (): Promise<T[]> => {
    const answers: T[] = [];
    while (next < count) answers.push(await again(next++));
    return answers;
  };
  return (await Promise.all(Array.from({ length: AT_ONCE }, oneAfterAnother))).flat();
}

const AT_ONCE = 20;

/** The statuses of answers. */
export function statuses(replies: readonly Reply[]): number[] {
  return replies.map((reply) => reply.status);
}
