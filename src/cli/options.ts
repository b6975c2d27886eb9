import { parseArgs, type ParseArgsConfig } from 'node:util';
import { nearestName } from '../core/did-you-mean.js';
import { UsageError } from './command.js';

/** Options and positionals of a command. */
export interface ReadOptions {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

/**
 * Parses arguments. Throws a `UsageError` for unknown options and missing values; its message repeats
 * no argument, which may be a secret in the wrong place.
 */
export function readOptions(
  args: readonly string[],
  options: NonNullable<ParseArgsConfig['options']>,
): ReadOptions {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
      strict: true,
    });
    return { values: values as ReadOptions['values'], positionals };
  } catch (error) {
    throw new UsageError(problemOf(error, Object.keys(options)));
  }
}

/** What is wrong, from an error of `node:util`, and the option that was probably meant. */
function problemOf(error: unknown, known: readonly string[]): string {
  const message = error instanceof Error ? error.message : '';
  const unknown = /^Unknown option '-+([^']*)'/.exec(message)?.[1];
  if (unknown === undefined) return /^[^.]*\.?/.exec(message)?.[0] ?? message;
  const nearest = nearestName(unknown, known);
  return nearest === null
    ? `unknown option. Options: ${known.map((name) => `--${name}`).join(', ')}.`
    : `unknown option. Did you mean --${nearest}?`;
}

/** Reads a whole number above zero. Throws a `UsageError`. */
export function readCount(
  text: string | boolean | undefined,
  option: string,
  fallback: number,
): number {
  if (text === undefined) return fallback;
  const count = Number(text);
  if (typeof text === 'string' && Number.isSafeInteger(count) && count > 0) return count;
  throw new UsageError(`--${option} must be a whole number above 0.`);
}

/** The text of an option; undefined when it is absent. */
export function readText(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
