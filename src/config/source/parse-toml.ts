import { parse, TomlError } from 'smol-toml';
import { ConfigurationError, type ConfigProblem } from '../../core/errors/index.js';
import { excerptOf, type ExcerptKeys } from './excerpt.js';

/** The most bytes that a configuration file may have. */
export const MAX_FILE_BYTES = 256 * 1024;

/** The deepest nesting of inline tables and arrays. */
const MAX_DEPTH = 50;

/** The problem of a larger one. */
export const TOO_BIG = 'a configuration may have at most 256 KB.';

/** A text with its origin. */
export interface TomlText {
  readonly text: string;
  /** The file, for messages. */
  readonly source: string | null;
  /** What an excerpt of it may show; left out: nothing. */
  readonly excerptKeys?: ExcerptKeys;
}

/** Parses TOML. Throws `ConfigurationError` with the line of a syntax error, and an excerpt. */
export function parseToml({ text, source, excerptKeys }: TomlText): unknown {
  if (text.length > MAX_FILE_BYTES) throw failure({ line: null, message: TOO_BIG }, source);
  try {
    return parse(text, { maxDepth: MAX_DEPTH });
  } catch (error) {
    if (!(error instanceof TomlError)) {
      throw failure({ line: null, message: 'cannot be read as TOML.' }, source);
    }
    const excerpt = excerptKeys === undefined ? null : excerptOf(text, error, excerptKeys);
    throw failure({ ...syntaxProblem(error), ...(excerpt === null ? {} : { excerpt }) }, source);
  }
}

/** The parser's own excerpt is dropped: it may hold a password. */
function syntaxProblem({ message, line, column }: TomlError): Omit<ConfigProblem, 'path'> {
  const [sentence = ''] = message.split('\n');
  return { line, message: `${sentence} (column ${String(column)}).` };
}

function failure(problem: Omit<ConfigProblem, 'path'>, source: string | null): ConfigurationError {
  return new ConfigurationError([{ path: '', ...problem }], source);
}
