import { parse, TomlError } from 'smol-toml';
import { type ConfigProblem, ConfigurationError } from '../../core/errors/index.js';

/** The most bytes that a configuration file may have. */
export const MAX_FILE_BYTES = 256 * 1024;

/** The most that inline tables and arrays may be nested. */
const MAX_DEPTH = 50;

/** What to say of more than that. */
export const TOO_BIG = 'a configuration of more than 256 KB is not read.';

/**
 * Parses TOML. Throws `ConfigurationError` with the line of a syntax error, but without the source
 * lines around it: they may hold a password.
 */
export function parseToml(text: string, source: string | null): unknown {
  if (text.length > MAX_FILE_BYTES) throw failure({ line: null, message: TOO_BIG }, source);
  try {
    return parse(text, { maxDepth: MAX_DEPTH });
  } catch (error) {
    throw failure(describeSyntaxError(error), source);
  }
}

function describeSyntaxError(error: unknown): Omit<ConfigProblem, 'path'> {
  if (!(error instanceof TomlError)) return { line: null, message: 'cannot be read as TOML.' };
  const [sentence = ''] = error.message.split('\n');
  return { line: error.line, message: `${sentence} (column ${String(error.column)}).` };
}

function failure(problem: Omit<ConfigProblem, 'path'>, source: string | null): ConfigurationError {
  return new ConfigurationError([{ path: '', ...problem }], source);
}
