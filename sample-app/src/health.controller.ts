import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { SkipRateLimit } from '@rate-sync/nestjs';
import { RateSyncHealthIndicator } from '@rate-sync/nestjs/terminus';

/** For load balancers and dashboards. Not limited; it costs at most one probe per second. */
@Controller('health')
@SkipRateLimit()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly rateSync: RateSyncHealthIndicator,
  ) {}

  /** 200 when Redis answers, else 503. */
  @Get('rate-limiter')
  @HealthCheck()
  rateLimiter(): Promise<HealthCheckResult> {
    return this.health.check([() => this.rateSync.isHealthy('rate-limiter')]);
  }

  /** 503 only when this instance must deny requests without Redis. */
  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.rateSync.isReady('rate-limiter')]);
  }
}
