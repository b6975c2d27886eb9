import type { RateLimitRule } from './rules.js';

/** Which limiters a class or a method skips. */
export type Skipped = 'everything' | readonly string[];

/** A handler or a controller, as Nest names them. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- Nest's own type
export type Handler = Function;

/** The metadata of decorators on one class or one method. */
export interface Written {
  /** Null: no `@RateLimit`. */
  readonly rules: readonly RateLimitRule[] | null;
  /** Null: no `@SkipRateLimit`. */
  readonly skips: Skipped | null;
}

/** A method and the prototype that owns it. */
export interface OwnedMethod {
  readonly owner: object;
  readonly name: string;
}

/** A decorated class, or a decorated method of a prototype. */
export interface Decorated {
  readonly target: object;
  readonly key: string | symbol | undefined;
  /** The current function of the method; undefined for a class. */
  readonly method: object | undefined;
}

const WRITTEN = '@rate-sync/nestjs:written';

const NOTHING: Written = { rules: null, skips: null };

/**
 * Records the metadata of a decorator, beside what is recorded already.
 *
 * That of a method is recorded for (prototype, name), so that it applies whatever other decorators do to
 * the function, and on the function as well, for functions that are copied into another class. That of a
 * class is recorded for its prototype, which wrapping classes share, and on the class.
 */
export function write({ target, key, method }: Decorated, add: (known: Written) => Written): void {
  noteOn(target, key, add);
  if (method !== undefined) noteOn(method, undefined, add);
  const { prototype } = target as { prototype?: object };
  if (key === undefined && prototype !== undefined) noteOn(prototype, undefined, add);
}

/** The metadata of a method: for its owner and name, else on its function; null when there is none. */
export function writtenOnMethod({ owner, name }: OwnedMethod): Written | null {
  const method: unknown = Object.getOwnPropertyDescriptor(owner, name)?.value;
  return (
    ownWritten(owner, name) ?? (typeof method === 'function' ? writtenOnFunction(method) : null)
  );
}

/** The metadata on a function itself, as a copied method has it; null when there is none. */
export function writtenOnFunction(method: object): Written | null {
  return ownWritten(method, undefined);
}

/** The metadata of a class and of the classes that it extends, the nearest first. */
export function writtenOnClasses(type: object): readonly Written[] {
  return prototypesOf(type).flatMap((prototype, index) => {
    const written =
      ownWritten(prototype, undefined) ?? writtenOnConstructor(prototype, type, index);
    return written === null ? [] : [written];
  });
}

/** The prototypes of a class and of the classes that it extends, the nearest first. */
export function prototypesOf(type: object): readonly object[] {
  const prototypes: object[] = [];
  let prototype: unknown = (type as { prototype?: unknown }).prototype;
  while (typeof prototype === 'object' && prototype !== null && prototype !== Object.prototype) {
    prototypes.push(prototype);
    prototype = Object.getPrototypeOf(prototype);
  }
  return prototypes;
}

/** The methods that the prototypes of a class own, overridden ones included, the nearest first. */
export function methodsOf(type: object): readonly OwnedMethod[] {
  return prototypesOf(type).flatMap((owner) =>
    Object.getOwnPropertyNames(owner)
      .filter((name) => name !== 'constructor' && isMethod(owner, name))
      .map((name) => ({ owner, name })),
  );
}

/** The function of a method. */
export function functionOf({ owner, name }: OwnedMethod): Handler {
  return Object.getOwnPropertyDescriptor(owner, name)?.value as Handler;
}

function isMethod(owner: object, name: string): boolean {
  return typeof Object.getOwnPropertyDescriptor(owner, name)?.value === 'function';
}

function writtenOnConstructor(prototype: object, type: object, index: number): Written | null {
  const constructor: unknown =
    index === 0 ? type : Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof constructor === 'function' ? ownWritten(constructor, undefined) : null;
}

function noteOn(
  target: object,
  key: string | symbol | undefined,
  add: (known: Written) => Written,
): void {
  const noted = add(ownWritten(target, key) ?? NOTHING);
  if (key === undefined) Reflect.defineMetadata(WRITTEN, noted, target);
  else Reflect.defineMetadata(WRITTEN, noted, target, key);
}

function ownWritten(target: object, key: string | symbol | undefined): Written | null {
  const written =
    key === undefined
      ? (Reflect.getOwnMetadata(WRITTEN, target) as Written | undefined)
      : (Reflect.getOwnMetadata(WRITTEN, target, key) as Written | undefined);
  return written ?? null;
}
