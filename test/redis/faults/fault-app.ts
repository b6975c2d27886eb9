import type { Server } from 'node:http';
import { Controller, Get, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  identifierFrom,
  RateLimit,
  RateSyncModule,
  RateSyncService,
  type Decision,
  type LimiterConfig,
  type RateSyncModuleOptions,
  type StoreConfig,
} from '@rate-sync/nestjs';
import { ADAPTERS } from '../../support/http/adapters.js';
import { RecordedLog, type LogLine } from '../../support/http/recorded-log.js';
import { Load, type LoadOptions } from './load.js';
import { Witness } from './recorder.js';

@Controller()
class RouteController {
  @Get('open')
  @RateLimit('open')
  open(): string {
    return 'ok';
  }

  @Get('closed')
  @RateLimit('closed')
  closed(): string {
    return 'ok';
  }

  @Get('free')
  free(): string {
    return 'ok';
  }
}

@Module({})
class RootModule {}

/** How an application is started. */
export interface FaultAppOptions {
  /** The id of its store. Unique in a test file: its lines in the log are told apart by it. */
  readonly name: string;
  readonly store: StoreConfig;
  /** Of both limiters. */
  readonly limiter?: LimiterConfig;
  readonly onStartupFailure?: RateSyncModuleOptions['onStartupFailure'];
  /** Index of the HTTP adapter. */
  readonly adapter?: 0 | 1;
}

/** Nest has one logger for all applications of a process. */
const log = new RecordedLog();

/** Unhandled rejections. Vitest fails its run for them, too. */
export const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

/** The longest that a decision may take in these applications: seldom reached by noise alone. */
export const TIMEOUT_MS = 250;

/** An application with two routes that listens, and everything that is heard of it. */
export class FaultApp {
  readonly app: INestApplication;
  readonly name: string;
  readonly url: string;
  readonly witness: Witness;
  readonly rateSync: RateSyncService;
  readonly #loads: Load[] = [];
  /** Where its part of the log begins: a case that is tried again has the same name. */
  readonly #logFrom: number;

  private constructor(
    parts: Pick<FaultApp, 'app' | 'name' | 'url' | 'witness'> & { readonly logFrom: number },
  ) {
    this.app = parts.app;
    this.name = parts.name;
    this.url = parts.url;
    this.witness = parts.witness;
    this.#logFrom = parts.logFrom;
    this.rateSync = parts.app.get(RateSyncService, { strict: false });
  }

  /** Starts an application. Rejects when its start fails. */
  static async start(options: FaultAppOptions): Promise<FaultApp> {
    const { name, onStartupFailure = 'throw', adapter = 1 } = options;
    const witness = new Witness();
    const logFrom = log.lines.length;
    const imports = [
      RateSyncModule.forRoot({
        config: configOf(options),
        env: {},
        observers: [witness],
        onStartupFailure,
      }),
    ];
    const app = await NestFactory.create(
      { module: RootModule, imports, controllers: [RouteController] },
      ADAPTERS[adapter]!.create({}),
      { logger: log, abortOnError: false },
    );
    await app.listen(0, '127.0.0.1');
    // A connection that is closed for being idle would look like a fault.
    (app.getHttpServer() as Server).keepAliveTimeout = 60_000;
    return new FaultApp({ app, name, url: await app.getUrl(), witness, logFrom });
  }

  load(options?: LoadOptions): Load {
    const load = Load.start(this.url, options);
    this.#loads.push(load);
    return load;
  }

  /** Takes a unit of a caller as the guard does, without the cost of HTTP. */
  ask(route: 'open' | 'closed', caller: string): Promise<Decision> {
    return this.rateSync.getLimiter(route).consume(identifierOf(caller));
  }

  /** Tells how much of the limit of a caller is used. */
  look(route: 'open' | 'closed', caller: string): Promise<Decision> {
    return this.rateSync.getLimiter(route).peek(identifierOf(caller));
  }

  /** Its lines of the log that say that a limiter answers by its failure mode. */
  get errorLines(): readonly LogLine[] {
    return log.lines.slice(this.#logFrom).filter(({ message }) => {
      const { event, store_id: store } = message as { event?: unknown; store_id?: unknown };
      return event === 'rate_limit_error' && store === this.name;
    });
  }

  /** Everything that anybody could read: log, answers and events. */
  get everythingSaid(): string {
    const answers = this.#loads.flatMap(({ samples }) => [...samples]);
    return [log.text, ...answers, ...this.witness.samples].join('\n');
  }

  async close(): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.stop()));
    await this.app.close();
  }
}

function identifierOf(caller: string): string {
  return identifierFrom('header:x-caller', caller);
}

/** Everything that all applications of this file have logged. */
export function logText(): string {
  return log.text;
}

function configOf({ name, store, limiter = {} }: FaultAppOptions) {
  const all: LimiterConfig = {
    algorithm: 'sliding_window',
    limit: 10_000,
    windowSeconds: 300,
    timeout: TIMEOUT_MS / 1_000,
    identifyBy: 'header:x-caller',
    ...limiter,
  };
  return {
    stores: { [name]: { strategy: 'redis' as const, ...store } },
    limiters: { open: { ...all, failClosed: false }, closed: { ...all, failClosed: true } },
  };
}
