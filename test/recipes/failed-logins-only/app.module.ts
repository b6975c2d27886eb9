import { Body, Controller, HttpCode, Module, Post, UnauthorizedException } from '@nestjs/common';
import {
  identifierFrom,
  InjectLimiter,
  RateLimit,
  RateSyncModule,
  type Limiter,
} from '@rate-sync/nestjs';

@Controller('auth')
export class AuthController {
  constructor(@InjectLimiter('failed_logins') private readonly failedLogins: Limiter) {}

  @Post('login')
  @HttpCode(200)
  @RateLimit('failed_logins') // takes a unit before the password is checked
  async login(@Body() body?: { email: string; password: string }) {
    if (body?.password !== 'correct horse') throw new UnauthorizedException();
    await this.failedLogins.reset(identifierFrom('body:email', body.email));
    return { token: 'ada' };
  }
}

@Module({ imports: [RateSyncModule.forRoot()], controllers: [AuthController] })
export class AppModule {}
