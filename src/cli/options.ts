import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './command.js';

/** Options and positionals of a command. */
export interface ReadOptions {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

/** Takes arguments apart. Throws a `UsageError` for options that are not known or lack a value. */
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
    throw new UsageError(error instanceof Error ? firstSentence(error.message) : 'unknown option.');
  }
}

function firstSentence(message: string): string {
  return /^[^.]*\.?/.exec(message)?.[0] ?? message;
}

/** A whole number above zero. */
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

/** Text of an option; undefined when it was not given. */
export function readText(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
