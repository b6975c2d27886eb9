import type { ModulesContainer } from '@nestjs/core';
import type { AnyClass } from './check-limiter-names.js';

/** The classes of an application, each once, however many modules register it. */
export interface ApplicationClasses {
  /** Controllers and providers: what may have handlers. */
  readonly hosts: readonly AnyClass[];
  /** Guards, interceptors, pipes and filters that a route names. */
  readonly enhancers: readonly AnyClass[];
}

/** What Nest knows of a class or a factory. */
interface Wrapper {
  readonly metatype: unknown;
  readonly instance: unknown;
  isDependencyTreeStatic(): boolean;
}

/** The classes that the modules of an application register. */
export function classesIn(modules: ModulesContainer): ApplicationClasses {
  const held = [...modules.values()];
  return {
    hosts: classesOf(hostsIn(modules)),
    enhancers: classesOf(held.flatMap(({ injectables }) => [...injectables.values()])),
  };
}

/** The instances of a class that live as long as the application. */
export function instancesIn(modules: ModulesContainer, type: object): readonly object[] {
  return hostsIn(modules).flatMap(({ metatype, instance }) => {
    if (typeof instance !== 'object' || instance === null) return [];
    return metatype === type || instance.constructor === type ? [instance] : [];
  });
}

function hostsIn(modules: ModulesContainer): readonly Wrapper[] {
  return [...modules.values()].flatMap(({ controllers, providers }) => [
    ...controllers.values(),
    ...providers.values(),
  ]);
}

function classesOf(wrappers: readonly Wrapper[]): readonly AnyClass[] {
  const types = new Set(wrappers.map(({ metatype }) => metatype));
  return [...types].filter((type): type is AnyClass => typeof type === 'function');
}
