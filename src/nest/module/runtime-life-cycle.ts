import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { StoreDescription } from '../../core/store.js';
import { write } from '../../observability/log-sink.js';
import type { RateSync } from '../../runtime/rate-sync.js';
import type { HandlerRules } from '../guard/handler-rules.js';
import { RATE_SYNC, RATE_SYNC_GLOBAL_GUARD, RATE_SYNC_HANDLERS } from '../tokens.js';
import { classesIn } from './application-classes.js';

const logger = new Logger('RateSync');

/** Checks the instances of controllers once they exist, and closes the limiters with the application. */
@Injectable()
export class RuntimeLifeCycle implements OnModuleInit, OnApplicationShutdown {
  readonly #rateSync: RateSync;
  readonly #handlers: HandlerRules;
  readonly #modules: ModulesContainer;
  readonly #globalGuard: string | null;
  #isStarted = false;

  constructor(
    @Inject(RATE_SYNC) rateSync: RateSync,
    @Inject(RATE_SYNC_HANDLERS) handlers: HandlerRules,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(RATE_SYNC_GLOBAL_GUARD) { name }: { readonly name: string | null },
  ) {
    this.#rateSync = rateSync;
    this.#handlers = handlers;
    this.#modules = modules;
    this.#globalGuard = name;
  }

  /** The only check that cannot come earlier: a constructor may replace the methods of its instance. */
  async onModuleInit(): Promise<void> {
    try {
      for (const type of classesIn(this.#modules).hosts) this.#handlers.learn(type);
    } catch (error) {
      await this.#rateSync.close();
      throw error;
    }
    this.#logStart();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#rateSync.close();
    if (this.#isStarted) write(logger, 'info', { event: 'rate_sync_stopped' });
  }

  #logStart(): void {
    this.#isStarted = true;
    const stores = this.#rateSync.listStores();
    write(logger, 'info', {
      event: 'rate_sync_started',
      config: this.#rateSync.configFile,
      stores: stores.map(textOf).join(', '),
      limiters: this.#rateSync.listLimiters().length,
      global_guard: this.#globalGuard,
    });
  }
}

/** `main (redis cluster 127.0.0.1:6379)`, without credentials. */
function textOf({ id, strategy, topology, address }: StoreDescription): string {
  const parts = [strategy, topology, address].filter((part) => part !== null);
  return `${id} (${parts.join(' ')})`;
}
