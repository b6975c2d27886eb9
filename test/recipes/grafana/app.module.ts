import { Controller, Get, Module } from '@nestjs/common';
import { RateLimit, RateSyncModule } from '@rate-sync/nestjs';
import { RateSyncPrometheusModule } from '@rate-sync/nestjs/prometheus';

@Controller('articles')
export class ArticlesController {
  @Get()
  @RateLimit('public')
  list() {
    return [];
  }
}

@Module({
  imports: [RateSyncModule.forRoot(), RateSyncPrometheusModule.forRoot()],
  controllers: [ArticlesController],
})
export class AppModule {}
