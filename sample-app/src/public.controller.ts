import { Controller, Get } from '@nestjs/common';
import { RateLimit, RateLimitDecision, type CompositeDecision } from '@rate-sync/nestjs';

/** A page for everybody; it tells what the limiter decided. */
@Controller('public')
export class PublicController {
  @Get()
  @RateLimit('public')
  page(@RateLimitDecision() decision: CompositeDecision): { readonly remaining: number } {
    return { remaining: decision.binding.remaining };
  }
}
