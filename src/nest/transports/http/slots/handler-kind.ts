import { types } from 'node:util';
import type { ExecutionContext } from '@nestjs/common';

/** The kind of a handler's result, before the call. */
export type HandlerKind = 'promise' | 'observable' | 'unknown';

/** Nest's own key for `@Sse()`, and TypeScript's for declared return types. */
const SSE = '__sse__';
const RETURN_TYPE = 'design:returntype';

type Handler = ReturnType<ExecutionContext['getHandler']>;

const kinds = new WeakMap<Handler, HandlerKind>();

/** Distinguishes handlers that return a promise from those that return an Observable, if that is visible. */
export function handlerKindOf(execution: ExecutionContext): HandlerKind {
  const handler = execution.getHandler();
  let kind = kinds.get(handler);
  if (kind === undefined) {
    kind = kindOf(handler, execution.getClass());
    kinds.set(handler, kind);
  }
  return kind;
}

function kindOf(handler: Handler, controller: { readonly prototype: unknown }): HandlerKind {
  if (Reflect.getMetadata(SSE, handler) !== undefined) return 'observable';
  if (types.isAsyncFunction(handler)) return 'promise';
  const declared: unknown = Reflect.getMetadata(
    RETURN_TYPE,
    controller.prototype as object,
    handler.name,
  );
  if (declared === Promise) return 'promise';
  const { subscribe } =
    (declared as { prototype?: { subscribe?: unknown } } | undefined)?.prototype ?? {};
  return typeof subscribe === 'function' ? 'observable' : 'unknown';
}
