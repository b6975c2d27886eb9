import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { CompositeDecision } from '../../core/decision.js';
import { recordOf } from '../guard/call-record.js';
import type { RequestDecision } from '../transports/http/request-decision.js';

/** A request that went through the guard. */
export interface RateLimitedRequest {
  /** What the guard decided; undefined on a route without limits. */
  rateLimit?: RequestDecision | undefined;
}

/** Gives a handler the guard's decision: `handler(@RateLimitDecision() decision: CompositeDecision)`. */
export const RateLimitDecision = createParamDecorator(
  (_data: unknown, context: ExecutionContext): CompositeDecision | undefined =>
    context.getType() === 'http'
      ? context.switchToHttp().getRequest<RateLimitedRequest>().rateLimit
      : recordOf(context)?.decision,
);
