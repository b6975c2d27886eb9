import type { ExceptionFilter } from '@nestjs/common';
import { APP_FILTER, type ModulesContainer } from '@nestjs/core';

/** Nest's own key for what `@Catch` names. */
const CAUGHT = '__filterCatchExceptions__';

type ExceptionType = abstract new (...args: never[]) => unknown;

/**
 * The filters that modules of an application provide as `APP_FILTER`, in Nest's order. Nest tries
 * those of imported modules before those of the modules that import them.
 */
export function applicationFilters(modules: ModulesContainer): readonly ExceptionFilter[] {
  return [...modules.values()].flatMap(({ providers }) =>
    [...providers].flatMap(([token, wrapper]) => {
      const { instance }: { readonly instance: unknown } = wrapper;
      // Nest makes the token of each one unique: `APP_FILTER (UUID: …)`.
      const isFilter = typeof token === 'string' && token.startsWith(APP_FILTER);
      if (!isFilter || !wrapper.isDependencyTreeStatic()) return [];
      return isExceptionFilter(instance) ? [instance] : [];
    }),
  );
}

/** Whether a filter catches an exception because of its class. */
export function catchesByClass(filter: ExceptionFilter, exception: unknown): boolean {
  return caughtBy(filter).some((type) => exception instanceof type);
}

/** Whether a filter catches everything. */
export function catchesEverything(filter: ExceptionFilter): boolean {
  return caughtBy(filter).length === 0;
}

function caughtBy(filter: ExceptionFilter): readonly ExceptionType[] {
  return (Reflect.getMetadata(CAUGHT, filter.constructor) ?? []) as readonly ExceptionType[];
}

function isExceptionFilter(instance: unknown): instance is ExceptionFilter {
  return typeof (instance as Partial<ExceptionFilter> | null)?.catch === 'function';
}
