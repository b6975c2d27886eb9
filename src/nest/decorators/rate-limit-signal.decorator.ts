import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { InvalidUsageError } from '../../core/errors/index.js';
import { callsOf } from '../transports/calls.js';

/**
 * Passes a handler an `AbortSignal` that aborts when the client disconnects:
 * `handler(@RateLimitSignal() signal: AbortSignal)`. A handler that stops then frees its slot; one
 * that goes on keeps it. Works on every HTTP route, also on one without limits.
 */
export const RateLimitSignal = createParamDecorator(
  (_data: unknown, context: ExecutionContext): AbortSignal => {
    const signal = callsOf(context).signalOf?.(context);
    if (signal !== undefined) return signal;
    throw new InvalidUsageError(
      `@RateLimitSignal works on HTTP routes, not on "${context.getType()}".`,
    );
  },
);
