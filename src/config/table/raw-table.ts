/** A table as the parser or the caller gave it: nothing in it can be relied on. */
export type RawTable = Readonly<Record<string, unknown>>;

const POLLUTING_NAMES: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** What to say of such a name. */
export const FORBIDDEN_NAME_PROBLEM =
  'this name is not allowed, because it has a meaning of its own in JavaScript.';

/** True for what TOML calls a table; not for arrays, dates, maps and the like. */
export function isTable(value: unknown): value is RawTable {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** True for names that no table or key may have, because of what they mean in JavaScript. */
export function isForbiddenName(name: string): boolean {
  return POLLUTING_NAMES.includes(name);
}

/** The entries of a table; those that are `undefined` count as absent. */
export function entriesOf(table: RawTable): readonly (readonly [string, unknown])[] {
  return Object.entries(table).filter(([, value]) => value !== undefined);
}
