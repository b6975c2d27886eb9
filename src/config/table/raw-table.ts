/** A table as it was parsed or passed: nothing in it is checked. */
export type RawTable = Readonly<Record<string, unknown>>;

const POLLUTING_NAMES: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** The problem of such a name. */
export const FORBIDDEN_NAME_PROBLEM = 'reserved name: it has a special meaning in JavaScript.';

/** True for what TOML calls a table; not for arrays, dates, maps and the like. */
export function isTable(value: unknown): value is RawTable {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** True for names with a special meaning in JavaScript, which no table or key may have. */
export function isForbiddenName(name: string): boolean {
  return POLLUTING_NAMES.includes(name);
}

/** The entries of a table; those that are `undefined` count as absent. */
export function entriesOf(table: RawTable): readonly (readonly [string, unknown])[] {
  return Object.entries(table).filter(([, value]) => value !== undefined);
}
