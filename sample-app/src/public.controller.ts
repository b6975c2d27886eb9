import { Controller, Get } from '@nestjs/common';
import { RateLimit, RateLimitDecision, type CompositeDecision } from '@rate-sync/nestjs';

/** A public page that shows the decision of its limiter. */
@Controller('public')
export class PublicController {
  @Get()
  @RateLimit('public')
  page(@RateLimitDecision() decision: CompositeDecision): { readonly remaining: number } {
    return { remaining: decision.binding.remaining };
  }
}
