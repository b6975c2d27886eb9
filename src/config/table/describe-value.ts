import { isTable } from './raw-table.js';

const MAX_LENGTH = 40;
const BARE_NAME = /^[A-Za-z0-9_-]+$/;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The kind of a value, as in `a string`, without its content. */
export function describeKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (value instanceof Date) return 'a date';
  if (value === '') return 'an empty string';
  if (isTable(value)) return 'a table';
  return typeof value === 'object' ? 'an object of another kind' : `a ${typeof value}`;
}

/** Numbers and booleans as they are, strings quoted, other values by their kind. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return describeKind(value);
}

/** A name as part of a path: bare where that is unambiguous, else quoted. */
export function describeName(name: string): string {
  return BARE_NAME.test(name) ? cut(name) : quote(name);
}

/**
 * Quotes a text for a message: cut to 40 characters, control characters escaped. What looks like an
 * address with credentials is omitted.
 */
export function quote(text: string): string {
  if (text.includes('://') || text.includes('@')) return '"(an address)"';
  return JSON.stringify(cut(text)).replace(UNPRINTABLE, escapeCharacter);
}

/** Joins names as in `"a", "b" or "c"`. */
export function listOf(names: readonly string[], conjunction: 'and' | 'or'): string {
  const last = names.at(-1);
  if (last === undefined) return '';
  const others = names.slice(0, -1).join(', ');
  return others === '' ? last : `${others} ${conjunction} ${last}`;
}

function cut(text: string): string {
  const characters = Array.from(text.slice(0, 2 * MAX_LENGTH + 2));
  return characters.length > MAX_LENGTH ? `${characters.slice(0, MAX_LENGTH).join('')}…` : text;
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
