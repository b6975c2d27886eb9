import { nearest } from '../guard/handler-rules.js';
import { handlerEndInterceptor } from '../transports/http/slots/handler-end.interceptor.js';
import { functionOf, methodsOf, type Handler } from '../decorators/written-rules.js';

/** Nest's own keys for routes and for what `@UseInterceptors` names. */
const PATH = 'path';
const INTERCEPTORS = '__interceptors__';

/** Whether a handler of a controller needs to be watched. */
export type IsWatched = (handler: Handler, controller: Handler) => boolean;

/**
 * Binds the interceptor that notices their end to the handlers that need it, and to no others: on
 * all routes it would cost every request. It stands last, next to the handler. Has to run before
 * Nest registers the routes.
 */
export function bindHandlerEnd(controllers: readonly Handler[], isWatched: IsWatched): void {
  for (const controller of controllers) {
    for (const handler of nearest(methodsOf(controller)).map(functionOf)) {
      if (Reflect.hasMetadata(PATH, handler) && isWatched(handler, controller)) bind(handler);
    }
  }
}

/** Handlers are shared by all applications of a process: once is enough. */
function bind(handler: Handler): void {
  const bound = (Reflect.getMetadata(INTERCEPTORS, handler) ?? []) as readonly unknown[];
  if (bound.includes(handlerEndInterceptor)) return;
  Reflect.defineMetadata(INTERCEPTORS, [...bound, handlerEndInterceptor], handler);
}
