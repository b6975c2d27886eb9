import { Controller, Get, Req, UnauthorizedException } from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';
import type { User, UserRequest } from './token.middleware.js';

/** A route for users: limited by their id, which the limiter's `identify_by` names. */
@Controller('me')
export class MeController {
  @Get()
  @RateLimit('authenticated')
  me(@Req() request: UserRequest): User {
    if (request.user === undefined) throw new UnauthorizedException('Send a bearer token.');
    return request.user;
  }
}
