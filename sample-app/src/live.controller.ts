import { Controller, Get } from '@nestjs/common';
import { SkipRateLimit } from '@rate-sync/nestjs';

/** Liveness: whether this process responds. It ignores Redis, which a restart would not bring back. */
@Controller('health/live')
@SkipRateLimit()
export class LiveController {
  @Get()
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }
}
