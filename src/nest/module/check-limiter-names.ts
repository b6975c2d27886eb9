import { UnknownLimitersError, type LimiterUse } from '../../core/errors/index.js';
import { nearest, type HandlerRules } from '../guard/handler-rules.js';
import { limitersInjectedInto } from '../decorators/inject-limiter.decorator.js';
import { limitersAwaitedBy } from '../decorators/rate-limited.decorator.js';
import type { RateLimitRule } from '../decorators/rules.js';
import {
  functionOf,
  methodsOf,
  writtenOnClasses,
  type Written,
} from '../decorators/written-rules.js';

/** A class of an application. */
export type AnyClass = abstract new (...args: never[]) => object;

/** Where names of limiters are looked for. */
export interface LimiterUses {
  /** Controllers and providers, each class once. */
  readonly hosts: readonly AnyClass[];
  /** Guards, interceptors, pipes and filters that a route names. */
  readonly enhancers: readonly AnyClass[];
  readonly handlers: HandlerRules;
  readonly defaults: readonly RateLimitRule[];
}

/**
 * Checks that every limiter that the application names exists: in `@RateLimit`, `@SkipRateLimit`,
 * `@RateLimited`, `@InjectLimiter` and in the default rules. Names that a function returns are
 * known only when it is called.
 */
export function checkLimiterNames(places: LimiterUses, known: readonly string[]): void {
  const unknown = usesOf(places).filter(({ limiterId }) => !known.includes(limiterId));
  if (unknown.length > 0) throw new UnknownLimitersError(unknown, known);
}

function usesOf({ hosts, enhancers, handlers, defaults }: LimiterUses): readonly LimiterUse[] {
  const limited = hosts.flatMap((type) => limitedBy(type, handlers));
  const injected = [...new Set([...hosts, ...enhancers])].flatMap(injectedInto);
  return [...namedIn(defaults, 'defaultLimiters'), ...limited, ...injected];
}

function injectedInto(type: AnyClass): LimiterUse[] {
  const ids = new Set([...limitersInjectedInto(type), ...limitersAwaitedBy(type)]);
  return [...ids].map((limiterId) => ({ limiterId, where: type.name }));
}

/** What is written on a class, on the classes that it extends, and on its handlers. */
function limitedBy(type: AnyClass, handlers: HandlerRules): LimiterUse[] {
  const onClasses = writtenOnClasses(type).flatMap((written) => usesIn(written, type.name));
  const onHandlers = nearest(methodsOf(type)).flatMap((method) =>
    usesIn(handlers.of(functionOf(method), type), `${type.name}.${method.name}`),
  );
  return [...onClasses, ...onHandlers];
}

function usesIn({ rules, skips }: Written, where: string): LimiterUse[] {
  const skipped = skips === null || skips === 'everything' ? [] : skips;
  return [...namedIn(rules ?? [], where), ...skipped.map((limiterId) => ({ limiterId, where }))];
}

function namedIn(rules: readonly RateLimitRule[], where: string): LimiterUse[] {
  return rules.flatMap(({ limiter }) =>
    typeof limiter === 'string' ? [{ limiterId: limiter, where }] : [],
  );
}
