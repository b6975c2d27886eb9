import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { InvalidUsageError } from '../../core/errors/index.js';
import { hangUpSignalOf } from '../transports/http/disconnect-signal.js';
import type { AdaptedRequest, AdaptedResponse } from '../transports/http/response-end.js';

/**
 * Gives a handler an `AbortSignal` that aborts when the client hangs up:
 * `handler(@RateLimitSignal() signal: AbortSignal)`. A handler that stops then frees its slot; one
 * that goes on keeps it. Works on every HTTP route, also on one without limits.
 */
export const RateLimitSignal = createParamDecorator(
  (_data: unknown, context: ExecutionContext): AbortSignal => {
    if (context.getType() !== 'http') {
      throw new InvalidUsageError(
        `@RateLimitSignal works on HTTP routes, not on "${context.getType()}".`,
      );
    }
    const http = context.switchToHttp();
    return hangUpSignalOf(http.getRequest<AdaptedRequest>(), http.getResponse<AdaptedResponse>());
  },
);
