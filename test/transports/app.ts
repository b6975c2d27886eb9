import { createServer, type AddressInfo } from 'node:net';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  RateLimitGuard,
  RateSyncModule,
  type RateLimitContext,
  type RateSyncConfig,
  type RateSyncModuleExtras,
  type RateSyncModuleOptions,
} from '@rate-sync/nestjs';
import { onTestFinished } from 'vitest';
import { RecordedLog } from '../support/http/recorded-log.js';

/** How often a limited handler may be called. */
export const LIMIT = 3;

/** A limiter for everybody together, so that no test depends on who calls. */
export const config: RateSyncConfig = {
  stores: { main: { strategy: 'memory' } },
  limiters: {
    page: { algorithm: 'sliding_window', limit: LIMIT, windowSeconds: 300, identifyBy: 'global' },
  },
};

/** What a client must never read. */
export const SECRETS = /RateLimit|limiter|limits|handler/;

/** An application with these parts, and its log. It is closed when the test is over. */
export async function anApp(
  { imports = [], ...parts }: ModuleMetadata,
  options: RateSyncModuleOptions & RateSyncModuleExtras = {},
): Promise<{ readonly app: INestApplication; readonly log: RecordedLog }> {
  const log = new RecordedLog();
  const testing = await Test.createTestingModule({
    imports: [RateSyncModule.forRoot({ config, ...options }), ...imports],
    ...parts,
  })
    .setLogger(log)
    .compile();
  const app = testing.createNestApplication({ logger: log });
  onTestFinished(() => app.close());
  return { app, log };
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A guard that finds a request on every transport, as applications have written it. */
export class EverywhereGuard extends RateLimitGuard {
  protected override getRequestResponse(
    execution: RateLimitContext['execution'],
  ): Pick<RateLimitContext, 'request' | 'response'> {
    switch (execution.getType<string>()) {
      case 'graphql': {
        const { req } = execution.getArgByIndex<{ req: { res: unknown } }>(2);
        return { request: req, response: req.res };
      }
      case 'http':
        return super.getRequestResponse(execution);
      default: {
        const sender = execution.getArgByIndex<unknown>(0);
        return { request: sender, response: sender };
      }
    }
  }
}
