import { Controller, Get, Module } from '@nestjs/common';
import { RateLimit, RateSyncModule } from '@rate-sync/nestjs';

@Controller('articles')
export class ArticlesController {
  @Get()
  @RateLimit('public')
  list() {
    return [];
  }
}

@Module({
  imports: [
    RateSyncModule.forRoot({
      config: {
        stores: { main: { strategy: 'memory' } },
        limiters: {
          public: { algorithm: 'sliding_window', limit: 2, windowSeconds: 60, failClosed: true },
        },
      },
    }),
  ],
  controllers: [ArticlesController],
})
export class AppModule {}
