import { Controller, Get, Injectable, Module, type ExecutionContext } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import {
  isRateLimitExceeded,
  isRateLimitUnavailable,
  RateLimit,
  RateLimitGuard,
  RateSyncModule,
} from '@rate-sync/nestjs';

/** Decides, logs and counts as always, and lets every request through. */
@Injectable()
export class ShadowGuard extends RateLimitGuard {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    try {
      return await super.canActivate(context);
    } catch (error) {
      if (isRateLimitExceeded(error) || isRateLimitUnavailable(error)) return true;
      throw error;
    }
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
  imports: [RateSyncModule.forRoot({ globalGuard: false })],
  controllers: [ArticlesController],
  providers: [{ provide: APP_GUARD, useClass: ShadowGuard }],
})
export class AppModule {}
