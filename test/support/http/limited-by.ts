import { Controller, Get, Injectable, Post, UseGuards, type CanActivate } from '@nestjs/common';
import type { ExecutionContext, Type } from '@nestjs/common';
import {
  RateLimit,
  RateLimitGuard,
  type HttpConfig,
  type IdentifierSource,
} from '@rate-sync/nestjs';
import type { Adapter } from './adapters.js';
import type { Reply } from './client.js';
import { limits, serve, windowOf, type AppUnderTest, type Served } from './serve.js';

/** Units of every bucket of these applications. */
export const UNITS = 100;

type UserOf = () => unknown;

/** An application whose one limit counts by `by`, else by what its limiter says, at `/` and at `/:id`, with GET and with POST. */
export function serveLimitedBy(
  adapter: Adapter,
  by: IdentifierSource | readonly IdentifierSource[] | undefined,
  { http = {}, user, ...parts }: Partial<AppUnderTest> & { http?: HttpConfig; user?: UserOf } = {},
): Promise<Served> {
  const config = limits({ one: windowOf(UNITS) }, http);
  const controllers = [controllerLimitedBy(by, user ?? (() => undefined))];
  return serve(adapter, { controllers, rateSync: { config, globalGuard: false }, ...parts });
}

function controllerLimitedBy(
  by: IdentifierSource | readonly IdentifierSource[] | undefined,
  userOf: UserOf,
): Type {
  /** Stands for an authentication that runs before the limit. */
  @Injectable()
  class UserGuard implements CanActivate {
    canActivate(execution: ExecutionContext): boolean {
      execution.switchToHttp().getRequest<{ user?: unknown }>().user = userOf();
      return true;
    }
  }

  @Controller()
  @UseGuards(UserGuard, RateLimitGuard)
  @RateLimit({ limiter: 'one', by })
  class OneLimitController {
    @Get(['', ':id'])
    read(): string {
      return 'ok';
    }

    @Post()
    write(): string {
      return 'ok';
    }
  }
  return OneLimitController;
}

/** How many requests have counted in the bucket of a request, itself included. */
export function counted({ headers, status }: Reply): number {
  if (status >= 400) throw new Error(`the request was answered ${String(status)}`);
  return UNITS - Number(headers['x-ratelimit-remaining']);
}
