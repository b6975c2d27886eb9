import { types } from 'node:util';

/**
 * The one text of a value, or null when it has none: a scalar, an object around one, a `Date` (ISO
 * 8601), bytes (hexadecimal), an ObjectId, a UUID, and other objects that become one scalar as JSON
 * or by a `toString` of their class. Arrays, plain objects, errors and functions have none.
 */
export function textOf(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return Number.isFinite(value) ? String(value) : null;
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? null : textOfObject(value);
    case 'undefined':
    case 'symbol':
    case 'function':
      return null;
  }
}

/** Methods of objects are foreign code: one that throws has no text to give. */
function textOfObject(value: object): string | null {
  try {
    if (types.isBoxedPrimitive(value)) return scalarText(value.valueOf());
    if (types.isDate(value)) return scalarText(dateText(value));
    if (types.isUint8Array(value)) return Buffer.from(value).toString('hex');
    if (Array.isArray(value) || types.isNativeError(value)) return null;
    return textByMethod(value);
  } catch {
    return null;
  }
}

/** Methods that tell the text of an object, the one that says most about it first. */
interface Texted {
  readonly toHexString?: unknown;
  readonly toJSON?: unknown;
  readonly toString?: unknown;
}

/**
 * An object whose JSON is a structure has no one text, whatever its `toString` says: that of a
 * document shows all of its fields, and changes with each of them.
 */
function textByMethod(value: Texted): string | null {
  const { toHexString, toJSON, toString } = value;
  if (typeof toHexString === 'function') return scalarText(toHexString.call(value));
  if (typeof toJSON === 'function') return scalarText(toJSON.call(value, ''));
  if (typeof toString !== 'function') return null;
  const text: unknown = toString.call(value);
  return typeof text === 'string' && !text.startsWith('[object ') ? text : null;
}

function scalarText(value: unknown): string | null {
  return typeof value === 'object' ? null : textOf(value);
}

/** An invalid date has no text. */
function dateText(date: Date): string | null {
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
