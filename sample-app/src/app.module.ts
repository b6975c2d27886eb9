import { fileURLToPath } from 'node:url';
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { RateSyncModule } from '@rate-sync/nestjs';
import { RateSyncPrometheusModule } from '@rate-sync/nestjs/prometheus';
import { RateSyncHealthIndicator } from '@rate-sync/nestjs/terminus';
import { AuthController } from './auth.controller.js';
import { HealthController } from './health.controller.js';
import { LiveController } from './live.controller.js';
import { MeController } from './me.controller.js';
import { PublicController } from './public.controller.js';
import { TokenMiddlewareModule } from './token.middleware.js';

const RATE_SYNC_TOML = fileURLToPath(new URL('../../rate-sync.toml', import.meta.url));

/** The whole set-up: one module that reads `rate-sync.toml`. */
@Module({
  imports: [
    RateSyncModule.forRootAsync({
      useFactory: () => ({ config: process.env['RATE_SYNC_CONFIG'] ?? RATE_SYNC_TOML }),
    }),
    RateSyncPrometheusModule.forRoot(),
    TerminusModule,
    TokenMiddlewareModule,
  ],
  providers: [RateSyncHealthIndicator],
  controllers: [AuthController, HealthController, LiveController, PublicController, MeController],
})
export class AppModule {}
