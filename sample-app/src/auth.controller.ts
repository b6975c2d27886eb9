import { Body, Controller, HttpCode, Post, UnauthorizedException } from '@nestjs/common';
import { RateLimit } from '@rate-sync/nestjs';

interface Credentials {
  readonly email?: unknown;
  readonly password?: unknown;
}

/** A login that two limits protect: one per address, one per account. */
@Controller('auth')
export class AuthController {
  @Post('login')
  @HttpCode(200)
  @RateLimit('login_ip', { limiter: 'login_credential', by: 'body:email' })
  login(@Body() credentials: Credentials | undefined): { readonly token: string } {
    if (credentials?.email === 'ada@example.org' && credentials.password === 'analytical-engine') {
      return { token: 'ada' };
    }
    throw new UnauthorizedException('Wrong e-mail or password.');
  }
}
