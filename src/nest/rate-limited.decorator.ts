import { Inject } from '@nestjs/common';
import { InvalidUsageError } from '../core/errors.js';
import type { RateSync } from '../runtime/rate-sync.js';
import { RATE_SYNC } from './tokens.js';

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

/**
 * Makes a method of any provider wait for its turn: it acquires, runs and releases. The method
 * returns a promise from then on; it rejects like `Limiter.acquire` when no turn comes. A name that
 * no limiter has stops the application's start.
 *
 * Nest injects the limiters into each instance as a property, so that it works for providers of
 * every scope; an instance made with `new` has none and rejects.
 */
export function RateLimited<Args extends readonly unknown[] = readonly never[]>(
  limiterId: string,
  options: RateLimitedOptions<Args> = {},
): MethodDecorator {
  const by = options.by as ((...args: readonly unknown[]) => string) | undefined;
  const { timeoutMs } = options;
  return (target: object, key: string | symbol, descriptor: PropertyDescriptor) => {
    const method = descriptor.value as Method;
    const limited = async function (this: object, ...args: unknown[]): Promise<unknown> {
      const limiter = runtimeOf(this, target, key).getLimiter(limiterId);
      const identifier = by === undefined ? '' : by(...args);
      return limiter.run(identifier, () => method.apply(this, args), { timeoutMs });
    };
    keepFaceOf(method, limited);
    descriptor.value = limited;
    noteName(target.constructor, limiterId);
    injectRuntime(target);
  };
}

/** The limiters that methods of a class wait for, those of the classes that it extends included. */
export function limitersAwaitedBy(type: object): readonly string[] {
  return (Reflect.getMetadata(NAMES, type) as readonly string[] | undefined) ?? [];
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

/** Other decorators and stack traces see the method that was there. */
function keepFaceOf(method: Method, replacement: object): void {
  Object.defineProperty(replacement, 'name', { value: method.name });
  for (const key of Reflect.getMetadataKeys(method) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), replacement);
  }
}
