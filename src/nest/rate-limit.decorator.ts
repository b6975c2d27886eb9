import { InvalidUsageError } from '../core/errors.js';
import { toRule, type RateLimitRule, type RateLimitRuleInput } from './rules.js';

/** A decorator for a class and for a method. */
export type ClassOrMethodDecorator = ClassDecorator & MethodDecorator;

const RULES = '@rate-sync/nestjs:rules';
const SKIPS = '@rate-sync/nestjs:skips';

/** Which limiters a class or a method skips. */
export type Skipped = 'everything' | readonly string[];

/**
 * Limits a route, or all routes of a controller.
 *
 * Several limits are asked together, in one round trip, all or nothing. Decorators on a method
 * replace those on its class; several on the same method or class add up. A name that no limiter
 * has stops the application's start.
 */
export function RateLimit(...rules: readonly RateLimitRuleInput[]): ClassOrMethodDecorator {
  if (rules.length === 0) {
    throw new InvalidUsageError(
      '@RateLimit() needs at least one limiter, as in @RateLimit("public").',
    );
  }
  const added = rules.map(toRule);
  return decorate((target) => {
    Reflect.defineMetadata(RULES, [...added, ...(ownRules(target) ?? [])], target);
  });
}

/** Lifts all limits from a route or a controller, or only those that are named. */
export function SkipRateLimit(...limiterIds: readonly string[]): ClassOrMethodDecorator {
  return decorate((target) => {
    const known = ownSkips(target) ?? [];
    const all = limiterIds.length === 0 || known === 'everything';
    Reflect.defineMetadata(SKIPS, all ? 'everything' : [...limiterIds, ...known], target);
  });
}

/** The rules written on a class or a method, not those it inherits. */
export function ownRules(target: object): readonly RateLimitRule[] | undefined {
  return Reflect.getOwnMetadata(RULES, target) as readonly RateLimitRule[] | undefined;
}

/** The skips written on a class or a method, not those it inherits. */
export function ownSkips(target: object): Skipped | undefined {
  return Reflect.getOwnMetadata(SKIPS, target) as Skipped | undefined;
}

/** A class and the classes that it extends, the nearest first. */
export function lineageOf(type: object): readonly object[] {
  const lineage: object[] = [];
  for (let each: unknown = type; typeof each === 'function'; each = Object.getPrototypeOf(each)) {
    if (each !== Function.prototype) lineage.push(each);
  }
  return lineage;
}

/** The rules of a class, or of the nearest class that it extends and that has some. */
export function rulesOfClass(type: object): readonly RateLimitRule[] | undefined {
  return lineageOf(type)
    .map(ownRules)
    .find((rules) => rules !== undefined);
}

/** The skips of the nearest class that says anything about limits: rules end what a base skips. */
export function skipsOfClass(type: object): Skipped | undefined {
  const nearest = lineageOf(type).find(
    (each) => ownSkips(each) !== undefined || ownRules(each) !== undefined,
  );
  return nearest === undefined ? undefined : ownSkips(nearest);
}

function decorate(apply: (target: object) => void): ClassOrMethodDecorator {
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) => {
    apply((descriptor?.value as object | undefined) ?? target);
  };
}
