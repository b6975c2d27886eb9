import { Controller, Get, Module } from '@nestjs/common';
import { RateLimit, RateSyncModule, type RateSyncConfig } from '@rate-sync/nestjs';

// In code, because a bundle has no file beside it.
const config: RateSyncConfig = {
  stores: {
    main:
      process.env['REDIS_URL'] === undefined
        ? { strategy: 'memory' }
        : { strategy: 'redis', url: process.env['REDIS_URL'] },
  },
  limiters: { public: { algorithm: 'sliding_window', limit: 100, windowSeconds: 60 } },
  http: { trustedProxies: ['unix', 'loopback'] }, // the adapter of the platform is the peer
};

@Controller('articles')
export class ArticlesController {
  @Get()
  @RateLimit('public')
  list() {
    return [];
  }
}

@Module({ imports: [RateSyncModule.forRoot({ config })], controllers: [ArticlesController] })
export class AppModule {}
