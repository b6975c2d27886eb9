import { didYouMean, nearestName } from './did-you-mean.js';
import { InvalidUsageError } from './errors/usage-errors.js';

/**
 * Checks that a value is one of a closed set. Throws `InvalidUsageError`; its message contains strings,
 * which are names, and only the type of other values.
 */
export function checkOneOf(what: string, value: unknown, known: readonly string[]): void {
  if (typeof value === 'string' && known.includes(value)) return;
  const listed = known.map((name) => JSON.stringify(name)).join(' or ');
  const near = typeof value === 'string' ? didYouMean(value, known) : '';
  throw new InvalidUsageError(`${what} must be ${listed}, not ${shown(value)}.${near}`);
}

/** Checks that something is a function. Throws `InvalidUsageError`. */
export function checkFunction(what: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new InvalidUsageError(`${what} must be a function, not ${shown(value)}.`);
}

/** Checks that options are an object. Throws `InvalidUsageError`. */
export function checkObject(what: string, options: unknown): asserts options is object {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  throw new InvalidUsageError(`${what} must be an object, not ${shown(options)}.`);
}

/**
 * Checks that options are an object without a misspelt key. Keys that resemble no known key are
 * accepted: objects often have further properties.
 */
export function checkKeys(what: string, options: unknown, known: readonly string[]): void {
  checkObject(what, options);
  for (const key of Object.keys(options)) {
    if (known.includes(key) || nearestName(key, known) === null) continue;
    throw new InvalidUsageError(
      `${what} has no ${JSON.stringify(key)}.${didYouMean(key, known)} Known: ${known.join(', ')}.`,
    );
  }
}

/** Formats a value for a message. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
