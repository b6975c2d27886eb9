import { InvalidUsageError } from '../../core/errors/index.js';
import {
  functionOf,
  methodsOf,
  writtenOnClasses,
  writtenOnFunction,
  writtenOnMethod,
  type Handler,
  type OwnedMethod,
  type Written,
} from '../decorators/written-rules.js';

/** Finds the instances that Nest has made of a class. */
export type InstancesOf = (type: object) => Iterable<object>;

const NOTHING: Written = { rules: null, skips: null };

/**
 * Finds what is written for a handler, as Nest calls it: a function and the class that it is called
 * for.
 *
 * The function may be the method of a prototype, whatever it was wrapped in; a copy of one; or a
 * property of an instance, as a constructor makes it with `this.read = this.read.bind(this)`.
 */
export class HandlerRules {
  readonly #instancesOf: InstancesOf;
  readonly #ownProperties = new WeakMap<object, OwnedMethod>();

  constructor(instancesOf: InstancesOf) {
    this.#instancesOf = instancesOf;
  }

  /**
   * What is written on a handler's method. Throws an `InvalidUsageError` where it is unknown which
   * method a function stands for, and some method of its class has rules: a limit may be lost.
   */
  of(handler: Handler, type: Handler): Written {
    const methods = methodsOf(type);
    const same = methods.filter((method) => functionOf(method) === handler);
    for (const method of same) {
      const written = writtenOnMethod(method);
      if (written !== null) return written;
    }
    const onFunction = writtenOnFunction(handler);
    if (onFunction !== null) return onFunction;
    if (same.length > 0 || methods.every((method) => writtenOnMethod(method) === null))
      return NOTHING;
    return this.#ofOwnProperty(handler, type, methods);
  }

  /** Notes which methods the properties of instances stand for. Throws for an unknown one. */
  learn(type: object): void {
    const methods = methodsOf(type);
    if (methods.every((method) => writtenOnMethod(method) === null)) return;
    for (const instance of this.#instancesOf(type)) {
      for (const method of nearest(methods)) this.#learnOne(instance, method);
    }
  }

  #learnOne(instance: object, method: OwnedMethod): void {
    const first = propertyOf(instance, method.name);
    if (typeof first !== 'function' || first === functionOf(method)) return;
    if (first !== propertyOf(instance, method.name)) {
      if (writtenOnMethod(method) === null) return;
      throw unknownMethod(`${instance.constructor.name}.${method.name}`);
    }
    this.#ownProperties.set(first, method);
  }

  #ofOwnProperty(handler: Handler, type: Handler, methods: readonly OwnedMethod[]): Written {
    if (!this.#ownProperties.has(handler)) this.learn(type);
    const method = this.#ownProperties.get(handler) ?? methodCalled(handler.name, methods);
    if (method === undefined) throw unknownMethod(`${type.name}.${handler.name}`);
    return writtenOnMethod(method) ?? NOTHING;
  }
}

/** The nearest rules and skips of a class and the classes that it extends. */
export function writtenOnClass(type: object): Written {
  const classes = writtenOnClasses(type);
  return {
    rules: classes.find(({ rules }) => rules !== null)?.rules ?? null,
    // The nearest class that says anything about limits: rules end what a base skips.
    skips: classes[0]?.skips ?? null,
  };
}

/** Each name once, as a call finds it. */
export function nearest(methods: readonly OwnedMethod[]): readonly OwnedMethod[] {
  const names = new Set<string>();
  return methods.filter(({ name }) => !names.has(name) && names.add(name));
}

/** Instances that live for one request are unknown, but their functions have names. */
function methodCalled(name: string, methods: readonly OwnedMethod[]): OwnedMethod | undefined {
  const bare = name.replace(/^bound /, '');
  return methods.find((method) => method.name === bare);
}

function propertyOf(instance: object, name: string): unknown {
  return (instance as Readonly<Record<string, unknown>>)[name];
}

function unknownMethod(where: string): InvalidUsageError {
  return new InvalidUsageError(
    `cannot tell which method ${where} stands for, so its @RateLimit may be lost: the function that ` +
      'is called is none of the class, and another one each time. Bind it once, under the name of ' +
      'its method, or decorate the method that is called.',
  );
}
