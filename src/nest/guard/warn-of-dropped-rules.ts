import { nearest, type HandlerRules } from './handler-rules.js';
import {
  functionOf,
  methodsOf,
  writtenOnMethod,
  type Handler,
  type OwnedMethod,
} from '../decorators/written-rules.js';

/**
 * Calls `warn` once for every handler that overrides one with limits and has none of its own: an
 * override has only the rules that are written on it, as with all route metadata of Nest.
 */
export function warnOfDroppedRules(
  types: Iterable<Handler>,
  handlers: HandlerRules,
  warn: (message: string) => void,
): void {
  const seen = new Set<object>();
  for (const type of types) {
    for (const method of nearest(methodsOf(type))) {
      const overridden = droppedBy(method, type, handlers);
      if (overridden === null || seen.has(functionOf(method))) continue;
      seen.add(functionOf(method));
      warn(
        `${nameOf(method)} overrides ${nameOf(overridden)} and drops its @RateLimit: an override has ` +
          'only the rules that are written on it. Write @RateLimit on it, or @SkipRateLimit() if ' +
          'that is meant.',
      );
    }
  }
}

function droppedBy(method: OwnedMethod, type: Handler, handlers: HandlerRules): OwnedMethod | null {
  const isHandler = Reflect.getMetadataKeys(functionOf(method)).length > 0;
  if (!isHandler) return null;
  const { rules, skips } = handlers.of(functionOf(method), type);
  if (rules !== null || skips !== null) return null;
  const [, overridden] = methodsOf(type).filter(({ name }) => name === method.name);
  if (overridden === undefined) return null;
  return writtenOnMethod(overridden)?.rules == null ? null : overridden;
}

function nameOf({ owner, name }: OwnedMethod): string {
  return `${owner.constructor.name}.${name}`;
}
