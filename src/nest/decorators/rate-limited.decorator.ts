import { Inject } from '@nestjs/common';
import { checkFunction, checkKeys, shown } from '../../core/checked-values.js';
import { InvalidUsageError } from '../../core/errors/index.js';
import type { RateSync } from '../../runtime/rate-sync.js';
import { RATE_SYNC } from '../tokens.js';

/** Options of `@RateLimited`. */
export interface RateLimitedOptions<Args extends readonly unknown[] = readonly never[]> {
  /** The identifier, from the method's arguments. Left out: one bucket for all calls. */
  readonly by?: ((...args: Args) => string) | undefined;
  /** The longest wait in milliseconds; default: the limiter's `timeout`, else 30,000. */
  readonly timeoutMs?: number | undefined;
}

const NAMES = '@rate-sync/nestjs:rate-limited';
const RUNTIME = Symbol.for('@rate-sync/nestjs:rate-limited:runtime');

type Method = (this: object, ...args: unknown[]) => unknown;

/** The limiter that a call waits for: its id, or a function of the method's arguments. */
export type LimiterOfCall<Args extends readonly unknown[]> = string | ((...args: Args) => string);

/**
 * Limits a method of any provider: each call acquires, runs and releases. The method
 * returns a promise from then on; it rejects like `Limiter.acquire` when it times out. A name that
 * no limiter has stops the application's start; one that a function returns rejects the call.
 *
 * Nest injects the limiters into each instance as a property, so that it works for providers of
 * every scope; an instance made with `new` has none and rejects.
 */
export function RateLimited<Args extends readonly unknown[] = readonly never[]>(
  limiter: LimiterOfCall<Args>,
  options: RateLimitedOptions<Args> = {},
): MethodDecorator {
  checkArguments(limiter, options);
  const limiterOf = limiter as string | ((...args: readonly unknown[]) => string);
  const by = options.by as ((...args: readonly unknown[]) => string) | undefined;
  const { timeoutMs } = options;
  return (target: object, key: string | symbol, descriptor: PropertyDescriptor) => {
    const method = methodIn(descriptor);
    const limited = async function (this: object, ...args: unknown[]): Promise<unknown> {
      const limiterId = typeof limiterOf === 'string' ? limiterOf : limiterOf(...args);
      const waitedFor = runtimeOf(this, target, key).limiters.get(limiterId);
      const identifier = by === undefined ? '' : by(...args);
      return waitedFor.run(identifier, () => method.apply(this, args), { timeoutMs });
    };
    copyMetadata(method, limited);
    descriptor.value = limited;
    if (typeof limiterOf === 'string') noteName(target.constructor, limiterOf);
    injectRuntime(target);
  };
}

/** The limiters that methods of a class wait for, those of the classes that it extends included. */
export function limitersAwaitedBy(type: object): readonly string[] {
  return (Reflect.getMetadata(NAMES, type) as readonly string[] | undefined) ?? [];
}

function checkArguments(limiter: unknown, options: RateLimitedOptions<never>): void {
  if (typeof limiter !== 'string' && typeof limiter !== 'function') {
    throw new InvalidUsageError(
      `@RateLimited takes the id of a limiter, or a function that returns one, not ${shown(limiter)}.`,
    );
  }
  checkKeys('the options of @RateLimited', options, ['by', 'timeoutMs']);
  if (options.by !== undefined) checkFunction('the `by` of @RateLimited', options.by);
  const { timeoutMs } = options;
  if (timeoutMs === undefined || (typeof timeoutMs === 'number' && timeoutMs >= 0)) return;
  throw new InvalidUsageError(
    `the \`timeoutMs\` of @RateLimited must be 0 or more, not ${shown(timeoutMs)}.`,
  );
}

function methodIn(descriptor: PropertyDescriptor | undefined): Method {
  const method: unknown = descriptor?.value;
  if (typeof method === 'function') return method as Method;
  throw new InvalidUsageError('@RateLimited belongs on a method.');
}

function noteName(type: object, limiterId: string): void {
  Reflect.defineMetadata(NAMES, [...limitersAwaitedBy(type), limiterId], type);
}

function injectRuntime(target: object): void {
  const injected = '@rate-sync/nestjs:rate-limited:injected';
  if (Reflect.hasMetadata(injected, target)) return;
  Reflect.defineMetadata(injected, true, target);
  Inject(RATE_SYNC)(target, RUNTIME);
}

function runtimeOf(instance: object, target: object, key: string | symbol): RateSync {
  const runtime = (instance as { [RUNTIME]?: RateSync })[RUNTIME];
  if (runtime !== undefined) return runtime;
  const name = `${target.constructor.name}.${String(key)}`;
  throw new InvalidUsageError(
    `${name} is @RateLimited, but its instance was not made by Nest. Inject it instead of using new.`,
  );
}

/** Copies name and metadata, so that other decorators and stack traces see the original method. */
function copyMetadata(method: Method, replacement: object): void {
  Object.defineProperty(replacement, 'name', { value: method.name });
  for (const key of Reflect.getMetadataKeys(method) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), replacement);
  }
}
