import { Inject } from '@nestjs/common';
import { getLimiterToken } from './tokens.js';

const INJECTED = '@rate-sync/nestjs:injected';
const REGISTRY = Symbol.for('@rate-sync/nestjs:injected-limiters');

/**
 * Injects a limiter: `constructor(@InjectLimiter('login_ip') private readonly loginIp: Limiter)`.
 * A name that no limiter has stops the application's start.
 */
export function InjectLimiter(limiterId: string): ParameterDecorator & PropertyDecorator {
  const inject = Inject(getLimiterToken(limiterId));
  return (target: object, key: string | symbol | undefined, index?: number) => {
    injectedLimiterIds().add(limiterId);
    const owner = typeof target === 'function' ? target : target.constructor;
    const known = limitersInjectedInto(owner);
    Reflect.defineMetadata(INJECTED, [...known, limiterId], owner);
    if (index === undefined) inject(target, key as string | symbol);
    else inject(target, key, index);
  };
}

/** The limiters that a class injects, those of the classes that it extends included. */
export function limitersInjectedInto(type: object): readonly string[] {
  return (Reflect.getMetadata(INJECTED, type) as readonly string[] | undefined) ?? [];
}

/**
 * All names that any class of this process injects. Modules provide these: decorators run before a
 * module is built, but the configuration is read after it.
 */
export function injectedLimiterIds(): Set<string> {
  const shared = globalThis as unknown as Record<symbol, Set<string> | undefined>;
  return (shared[REGISTRY] ??= new Set());
}
