import { Inject } from '@nestjs/common';
import { checkLimiterId } from './checked-limiter-id.js';
import { getLimiterToken } from '../tokens.js';

const INJECTED = '@rate-sync/nestjs:injected';
const REGISTRY = Symbol.for('@rate-sync/nestjs:injected-limiter-ids');

/**
 * Injects a limiter: `constructor(@InjectLimiter('login_ip') private readonly loginIp: Limiter)`.
 * A name that no limiter has stops the application's start.
 */
export function InjectLimiter(limiterId: string): ParameterDecorator & PropertyDecorator {
  checkLimiterId('@InjectLimiter', limiterId);
  const inject = Inject(getLimiterToken(limiterId));
  return (target: object, key: string | symbol | undefined, index?: number) => {
    noteInjected(limiterId);
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

/** All names that any class of this process injects, for all copies of this package. */
interface InjectedLimiters {
  readonly ids: Set<string>;
  readonly listeners: ((limiterId: string) => void)[];
}

/** Calls a listener once for every limiter that some class injects, now or later. */
export function onLimiterInjected(listener: (limiterId: string) => void): void {
  const { ids, listeners } = injectedLimiters();
  listeners.push(listener);
  for (const limiterId of ids) listener(limiterId);
}

function noteInjected(limiterId: string): void {
  const { ids, listeners } = injectedLimiters();
  if (ids.has(limiterId)) return;
  ids.add(limiterId);
  for (const listener of listeners) listener(limiterId);
}

function injectedLimiters(): InjectedLimiters {
  const shared = globalThis as unknown as Record<symbol, InjectedLimiters | undefined>;
  return (shared[REGISTRY] ??= { ids: new Set(), listeners: [] });
}
