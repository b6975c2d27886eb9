import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { CompositeDecision } from '../../core/decision.js';
import { recordOf } from '../transports/call-record.js';
import { callsOf } from '../transports/calls.js';

/** Passes the guard's decision to a handler: `handler(@RateLimitDecision() decision: CompositeDecision)`. */
export const RateLimitDecision = createParamDecorator(
  (_data: unknown, context: ExecutionContext): CompositeDecision | undefined =>
    recordOf(callsOf(context).callOf(context))?.decision,
);
