import { Controller, Get } from '@nestjs/common';
import { SkipRateLimit } from '@rate-sync/nestjs';

/** Whether this process answers at all. It does not look at Redis: a restart would not bring Redis back. */
@Controller('health/live')
@SkipRateLimit()
export class LiveController {
  @Get()
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }
}
