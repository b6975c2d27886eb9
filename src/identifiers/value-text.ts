import { types } from 'node:util';

/**
 * The text of a value, or null when it has no single text. Scalars, boxed scalars, `Date` (ISO 8601),
 * bytes (hexadecimal), ObjectId, UUID, and other objects that convert to a scalar by `toJSON` or by a
 * `toString` of their class have one. Arrays, plain objects, errors and functions have none.
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

/** Methods of objects are foreign code: an object whose method throws has no text. */
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

/** Methods that convert an object to text, the most specific first. */
interface Convertible {
  readonly toHexString?: unknown;
  readonly toJSON?: unknown;
  readonly toString?: unknown;
}

/**
 * An object that serialises to a structure has no single text, whatever its `toString` returns: the
 * text of a document contains all its fields and changes with each of them.
 */
function textByMethod(value: Convertible): string | null {
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
