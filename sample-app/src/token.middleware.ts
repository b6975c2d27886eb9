import type { IncomingMessage, ServerResponse } from 'node:http';
import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';

/** The user of a request. */
export interface User {
  readonly id: string;
}

/** A request that may have a user. */
export interface UserRequest extends IncomingMessage {
  user?: User | undefined;
}

const BEARER = /^Bearer (?<token>[\w-]{1,64})$/;

/**
 * A placeholder for your authentication: the token is the user's id. It is a middleware, so that the
 * user is known before any guard runs, the rate limiter's included.
 */
export function readToken(request: UserRequest, _response: ServerResponse, next: () => void): void {
  const token = BEARER.exec(request.headers.authorization ?? '')?.groups?.['token'];
  if (token !== undefined) request.user = { id: token };
  next();
}

@Module({})
export class TokenMiddlewareModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(readToken).forRoutes('*path');
  }
}
