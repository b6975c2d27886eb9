import { Controller, Get, Module } from '@nestjs/common';
import { RateLimit, RateSyncModule, SkipRateLimit, type RateLimitContext } from '@rate-sync/nestjs';

/** A counter for each route, as in @nestjs/throttler. */
const route = ({ execution }: RateLimitContext) =>
  `${execution.getClass().name}.${execution.getHandler().name}`;

@Controller()
export class CatsController {
  @Get('cats') // the default limit
  cats() {
    return [];
  }

  @Get('dogs') // the default limit, counted apart from cats
  dogs() {
    return [];
  }

  @Get('search')
  @RateLimit({ limiter: 'strict', by: ['ip', route] }) // was @Throttle
  search() {
    return [];
  }

  @Get('health')
  @SkipRateLimit() // was @SkipThrottle
  health() {
    return 'up';
  }
}

@Module({
  imports: [
    RateSyncModule.forRoot({
      // Without this, routes without @RateLimit have no limit.
      defaultLimiters: [{ limiter: 'default', by: ['ip', route] }],
    }),
  ],
  controllers: [CatsController],
})
export class AppModule {}
