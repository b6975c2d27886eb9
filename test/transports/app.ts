import { createServer, type AddressInfo } from 'node:net';
import {
  Injectable,
  type ExecutionContext,
  type INestApplication,
  type ModuleMetadata,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  RateLimitGuard,
  RateSyncModule,
  type CompositeDecision,
  type Lease,
  type RateLimitContext,
  type RateSyncConfig,
  type RateSyncModuleExtras,
  type RateSyncModuleOptions,
} from '@rate-sync/nestjs';
import { onTestFinished } from 'vitest';
import { RATE_SYNC_TRANSPORTS } from '../../src/nest/tokens.js';
import { otherCalls } from '../../src/nest/transports/other-calls.js';
import type { Denial, RateLimitTransport } from '../../src/nest/transports/transport.js';
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

/** Options of an application: those of the module, and whether a transport for everything is added. */
export interface AppOptions extends RateSyncModuleOptions, RateSyncModuleExtras {
  readonly transports?: 'http' | 'everything';
}

/** An application with these parts, and its log. It is closed when the test is over. */
export async function anApp(
  { imports = [], ...parts }: ModuleMetadata,
  { transports = 'http', ...options }: AppOptions = {},
): Promise<{ readonly app: INestApplication; readonly log: RecordedLog }> {
  const log = new RecordedLog();
  const builder = Test.createTestingModule({
    imports: [RateSyncModule.forRoot({ config, ...options }), ...imports],
    ...parts,
  }).setLogger(log);
  if (transports === 'everything') {
    builder.overrideProvider(RATE_SYNC_TRANSPORTS).useValue([new EverywhereTransport()]);
  }
  const testing = await builder.compile();
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

/** Limits the calls of every transport alike. */
class EverywhereTransport implements RateLimitTransport {
  readonly calls = { ...otherCalls, name: 'everywhere' };
  readonly hasDefaultRules = false;

  contextOf(execution: ExecutionContext): RateLimitContext {
    return { request: execution.getArgByIndex<unknown>(0), response: undefined, execution };
  }

  endpointOf({ execution }: RateLimitContext): string {
    return `${execution.getType()}:${execution.getHandler().name}`;
  }

  addressOf(): string {
    return '127.0.0.1';
  }

  partOf(): unknown {
    return undefined;
  }

  explainMissing(): void {
    // No source of these tests looks for a value.
  }

  releaseAtEnd(leases: readonly Lease[]): void {
    for (const lease of leases) void lease.release();
  }

  expose(decision: CompositeDecision): CompositeDecision {
    return decision;
  }

  reportState(): void {
    // A message has no headers.
  }

  exceptionOf(_decision: CompositeDecision, message: string): Error {
    return new Error(message);
  }

  deny({ exception }: Denial): Error {
    return exception;
  }
}

/** A guard of the application, bound beside that of the module or twice. */
@Injectable()
export class EverywhereGuard extends RateLimitGuard {}
