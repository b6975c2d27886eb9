import type { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { UnknownLimitersError, type LimiterUse } from '../core/errors.js';
import { limitersInjectedInto } from './inject-limiter.decorator.js';
import { limitersAwaitedBy } from './rate-limited.decorator.js';
import { ownRules, ownSkips } from './rate-limit.decorator.js';
import type { RateLimitRule } from './rules.js';

/** Where names of limiters are looked for. */
export interface NamedPlaces {
  readonly discovery: DiscoveryService;
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

function usesOf({ discovery, scanner, defaults }: NamedPlaces): readonly LimiterUse[] {
  const uses = namedIn(defaults, 'defaultLimiters');
  for (const { metatype } of discovery.getControllers()) {
    if (typeof metatype !== 'function') continue;
    uses.push(...writtenOn(metatype, metatype.name));
    const prototype = metatype.prototype as Record<string, object>;
    for (const name of scanner.getAllMethodNames(prototype)) {
      const handler = prototype[name];
      if (handler !== undefined) uses.push(...writtenOn(handler, `${metatype.name}.${name}`));
    }
  }
  for (const { metatype } of [...discovery.getControllers(), ...discovery.getProviders()]) {
    if (typeof metatype !== 'function') continue;
    const ids = [...limitersInjectedInto(metatype), ...limitersAwaitedBy(metatype)];
    uses.push(...ids.map((limiterId) => ({ limiterId, where: metatype.name })));
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
