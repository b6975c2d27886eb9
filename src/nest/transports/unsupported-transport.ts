import { InternalServerErrorException, Logger, type ExecutionContext } from '@nestjs/common';
import { withoutStack } from './without-stack.js';

const logger = new Logger('RateSync');

/** Reports limited handlers of transports that the guard does not limit. */
export class UnsupportedTransport {
  readonly #reported = new WeakSet<object>();

  /**
   * The error of such a call. The log has the fix, once per handler; the error has no details,
   * because clients read it.
   */
  errorFor(execution: ExecutionContext): Error {
    const handler = execution.getHandler();
    if (!this.#reported.has(handler)) {
      this.#reported.add(handler);
      logger.error(adviceFor(execution));
    }
    return withoutStack(() => new InternalServerErrorException());
  }
}

function adviceFor(execution: ExecutionContext): string {
  return (
    `@RateLimit on ${execution.getClass().name}.${execution.getHandler().name} works on HTTP routes ` +
    `only, and this handler is called by "${execution.getType()}", so every call of it fails: ` +
    'nothing passes without its limit. Remove the rule, and take the limit in the handler with an ' +
    'injected limiter.'
  );
}
