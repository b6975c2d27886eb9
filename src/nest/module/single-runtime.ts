import type { DynamicModule } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { InvalidUsageError } from '../../core/errors/index.js';
import { RATE_SYNC } from '../tokens.js';

/** A module, as Nest holds it. */
type HeldModule = ModulesContainer extends Map<string, infer Held> ? Held : never;

/** Whether some module of an application has started limiters, or is about to. */
export function hasRuntime(modules: ModulesContainer): boolean {
  return runtimesIn(modules).length > 0;
}

/**
 * Throws an `InvalidUsageError`, which names the importing modules, when `forRoot` or `forRootAsync`
 * stands more than once in an application: each would count for itself.
 */
export function assertSingleRuntime(modules: ModulesContainer): void {
  const runtimes = runtimesIn(modules);
  if (runtimes.length < 2) return;
  const held = [...modules.values()];
  const names = new Set(runtimes.flatMap((runtime) => namesOfImporters(runtime, held)));
  throw new InvalidUsageError(
    `RateSyncModule is set up ${String(runtimes.length)} times in this application, by forRoot() or ` +
      `forRootAsync() in ${[...names].join(' and in ')}. Each would count for itself. Keep one of them, in ` +
      'the root module, and write `imports: [RateSyncModule]` elsewhere: it refers to that one.',
  );
}

function runtimesIn(modules: ModulesContainer): readonly HeldModule[] {
  return [...modules.values()].filter(({ providers }) => providers.has(RATE_SYNC));
}

/** The modules that import what refers to a runtime. */
function namesOfImporters(runtime: HeldModule, held: readonly HeldModule[]): readonly string[] {
  const references = declaredImporters(runtime, held);
  if (references.length === 0) return namesByMetadata(runtime, held);
  return references.flatMap((reference) => {
    const importers = declaredImporters(reference, held);
    return (importers.length === 0 ? [reference] : importers).map(({ name }) => name);
  });
}

/**
 * The modules that declare an import. Nest adds global modules to the imports of all others: first
 * its own, so what was declared stands before that.
 */
function declaredImporters(target: HeldModule, held: readonly HeldModule[]): readonly HeldModule[] {
  return held.filter((module) => {
    const imports = [...module.imports];
    const ofNest = imports.findIndex(({ name }) => name === 'InternalCoreModule');
    return imports.slice(0, ofNest === -1 ? imports.length : ofNest).includes(target);
  });
}

/** A module that is loaded later has its global imports first; its decorator has what it declared. */
function namesByMetadata({ metatype }: HeldModule, held: readonly HeldModule[]): readonly string[] {
  return held.filter((module) => refersTo(metatype, module.metatype)).map(({ name }) => name);
}

function refersTo(core: unknown, importer: object): boolean {
  const references = importsOf(Reflect.getMetadata('imports', importer));
  return references.some((reference) =>
    importsOf(reference.imports).some(({ module }) => module === core),
  );
}

/** The dynamic modules of a list of imports. */
function importsOf(imports: unknown): readonly Partial<DynamicModule>[] {
  if (!Array.isArray(imports)) return [];
  return imports.filter(
    (each: unknown): each is Partial<DynamicModule> => typeof each === 'object' && each !== null,
  );
}
