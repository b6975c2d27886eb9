import type { LimiterDescription } from '../../runtime/limiter-description.js';
import { effectiveRules, type RuleSources } from '../guard/effective-rules.js';
import { nearest } from '../guard/handler-rules.js';
import { handlerEndInterceptor } from '../transports/http/slots/handler-end.interceptor.js';
import { functionOf, methodsOf, type Handler } from '../decorators/written-rules.js';

/** Nest's own keys for routes and for what `@UseInterceptors` names. */
const PATH = 'path';
const INTERCEPTORS = '__interceptors__';

/**
 * Binds the interceptor that notices the end of a handler to the routes that may hold slots, and to
 * no others: on all routes it would cost every request. It is the innermost one. Has to run before
 * Nest registers the routes.
 */
export function bindHandlerEnd(
  controllers: readonly Handler[],
  limiters: readonly LimiterDescription[],
  sources: RuleSources,
): void {
  const withSlots = limiters.filter(({ policy }) => policy.concurrency !== undefined);
  if (withSlots.length === 0) return;
  const ids = new Set(withSlots.map(({ id }) => id));
  for (const controller of controllers) {
    for (const handler of nearest(methodsOf(controller)).map(functionOf)) {
      if (!Reflect.hasMetadata(PATH, handler)) continue;
      const { rules } = effectiveRules(handler, controller, sources);
      if (rules.some(({ limiter }) => typeof limiter !== 'string' || ids.has(limiter)))
        bind(handler);
    }
  }
}

/** Handlers are shared by all applications of a process: once is enough. */
function bind(handler: Handler): void {
  const bound = (Reflect.getMetadata(INTERCEPTORS, handler) ?? []) as readonly unknown[];
  if (bound.includes(handlerEndInterceptor)) return;
  Reflect.defineMetadata(INTERCEPTORS, [...bound, handlerEndInterceptor], handler);
}
