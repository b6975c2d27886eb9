import {
  Catch,
  Controller,
  Get,
  Module,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { RateLimit, RateLimitExceededException, RateSyncModule } from '@rate-sync/nestjs';
import type { Request, Response } from 'express';

const MESSAGES = {
  en: (seconds: number) => `Too many requests. Try again in ${String(seconds)} s.`,
  de: (seconds: number) => `Zu viele Anfragen. Bitte in ${String(seconds)} s erneut versuchen.`,
};

@Catch(RateLimitExceededException)
export class TooManyRequestsFilter implements ExceptionFilter<RateLimitExceededException> {
  catch({ decision }: RateLimitExceededException, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const language = request.acceptsLanguages('en', 'de') === 'de' ? 'de' : 'en';
    const seconds = Math.ceil(decision.binding.retryAfterMs / 1000);
    response.status(429).json({
      code: 'too_many_requests',
      message: MESSAGES[language](seconds),
      limiter: decision.deniedBy,
    });
  }
}

@Controller('articles')
export class ArticlesController {
  @Get()
  @RateLimit('public')
  list() {
    return [];
  }
}

@Module({
  imports: [RateSyncModule.forRoot()],
  controllers: [ArticlesController],
  providers: [{ provide: APP_FILTER, useClass: TooManyRequestsFilter }],
})
export class AppModule {}
