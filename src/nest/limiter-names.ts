import type { MetadataScanner } from '@nestjs/core';
import { UnknownLimitersError, type LimiterUse } from '../core/errors.js';
import { limitersInjectedInto } from './inject-limiter.decorator.js';
import { limitersAwaitedBy } from './rate-limited.decorator.js';
import { lineageOf, ownRules, ownSkips } from './rate-limit.decorator.js';
import type { RateLimitRule } from './rules.js';

/** A class or a function of a module, as Nest holds it. */
interface Wrapper {
  readonly metatype: unknown;
}

/** What is looked at of a module. */
interface LookedAt {
  readonly controllers: ReadonlyMap<unknown, Wrapper>;
  readonly providers: ReadonlyMap<unknown, Wrapper>;
  /** Guards, interceptors, pipes and filters that a route names. */
  readonly injectables: ReadonlyMap<unknown, Wrapper>;
}

/** Where names of limiters are looked for. */
export interface NamedPlaces {
  readonly modules: Iterable<LookedAt>;
  readonly scanner: MetadataScanner;
  readonly defaults: readonly RateLimitRule[];
}

/**
 * Checks that every limiter that the application names exists: in `@RateLimit`, `@SkipRateLimit`,
 * `@RateLimited`, `@InjectLimiter` and in the default rules. Names that a function works out are
 * known only when it is called.
 */
export function checkLimiterNames(places: NamedPlaces, known: readonly string[]): void {
  const unknown = usesOf(places).filter(({ limiterId }) => !known.includes(limiterId));
  if (unknown.length > 0) throw new UnknownLimitersError(unknown, known);
}

function usesOf({ modules, scanner, defaults }: NamedPlaces): readonly LimiterUse[] {
  const uses = namedIn(defaults, 'defaultLimiters');
  for (const { controllers, providers, injectables } of modules) {
    for (const type of classesOf(controllers)) uses.push(...limitedBy(type, scanner));
    for (const type of [controllers, providers, injectables].flatMap(classesOf)) {
      const ids = new Set([...limitersInjectedInto(type), ...limitersAwaitedBy(type)]);
      uses.push(...[...ids].map((limiterId) => ({ limiterId, where: type.name })));
    }
  }
  return uses;
}

type AnyClass = abstract new (...args: never[]) => object;

function classesOf(wrappers: ReadonlyMap<unknown, Wrapper>): AnyClass[] {
  return [...wrappers.values()].flatMap(({ metatype }) =>
    typeof metatype === 'function' ? [metatype as AnyClass] : [],
  );
}

/** What is written on a controller, on the classes that it extends, and on its handlers. */
function limitedBy(controller: AnyClass, scanner: MetadataScanner): LimiterUse[] {
  const uses: LimiterUse[] = [];
  for (const type of lineageOf(controller)) uses.push(...writtenOn(type, controller.name));
  const prototype = controller.prototype as Readonly<Record<string, object>>;
  for (const name of scanner.getAllMethodNames(prototype)) {
    const handler = prototype[name];
    if (handler !== undefined) uses.push(...writtenOn(handler, `${controller.name}.${name}`));
  }
  return uses;
}

function writtenOn(target: object, where: string): LimiterUse[] {
  const skipped = ownSkips(target) ?? [];
  const skips = skipped === 'everything' ? [] : skipped;
  return [
    ...namedIn(ownRules(target) ?? [], where),
    ...skips.map((limiterId) => ({ limiterId, where })),
  ];
}

function namedIn(rules: readonly RateLimitRule[], where: string): LimiterUse[] {
  return rules.flatMap(({ limiter }) =>
    typeof limiter === 'string' ? [{ limiterId: limiter, where }] : [],
  );
}
