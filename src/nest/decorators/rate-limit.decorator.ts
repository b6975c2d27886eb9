import { InvalidUsageError } from '../../core/errors/index.js';
import { toRule, type RateLimitRuleInput } from './rules.js';
import { checkLimiterId } from './checked-limiter-id.js';
import { write, type Written } from './written-rules.js';

/** A decorator for a class and for a method. */
export type ClassOrMethodDecorator = ClassDecorator & MethodDecorator;

/**
 * Limits a route, or all routes of a controller.
 *
 * Several limits are decided together, in one round trip, all or nothing. Decorators on a method
 * replace those on its class; several on the same method or class add up, and hold whatever other
 * decorators wrap the method. A name that no limiter has stops the application's start.
 */
export function RateLimit(...rules: readonly RateLimitRuleInput[]): ClassOrMethodDecorator {
  if (rules.length === 0) {
    throw new InvalidUsageError(
      '@RateLimit() needs at least one limiter, as in @RateLimit("public").',
    );
  }
  const added = rules.map(toRule);
  return decorate('@RateLimit', (known) => ({
    ...known,
    rules: [...added, ...(known.rules ?? [])],
  }));
}

/** Lifts all limits from a route or a controller, or only those that are named. */
export function SkipRateLimit(...limiterIds: readonly string[]): ClassOrMethodDecorator {
  for (const limiterId of limiterIds) checkLimiterId('@SkipRateLimit', limiterId);
  return decorate('@SkipRateLimit', (known) => {
    const skips = known.skips ?? [];
    const all = limiterIds.length === 0 || skips === 'everything';
    return { ...known, skips: all ? 'everything' : [...limiterIds, ...skips] };
  });
}

function decorate(name: string, add: (known: Written) => Written): ClassOrMethodDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor | number) => {
    const method =
      descriptor ?? (key === undefined ? undefined : Object.getOwnPropertyDescriptor(target, key));
    const isMethod = typeof method === 'object' && typeof method.value === 'function';
    const isClass = key === undefined && descriptor === undefined && typeof target === 'function';
    if (!isMethod && !isClass) {
      throw new InvalidUsageError(`${name} belongs on a class or on a method.`);
    }
    write({ target, key, method: isMethod ? (method.value as object) : undefined }, add);
  };
}
