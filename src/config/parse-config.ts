import { ConfigurationError } from '../core/errors/index.js';
import type { RateSyncConfig } from './config-object.js';
import { excerptKeys } from './excerpt-keys.js';
import { readConfig } from './read-config.js';
import type { LoadedConfig } from './settings.js';
import { locateKeys } from './source/key-lines.js';
import { parseToml } from './source/parse-toml.js';
import { rememberText } from './source/problem-lines.js';
import type { Environment } from './table/environment.js';
import { ProblemList } from './table/problem-list.js';
import type { ReadingContext } from './table/reading-context.js';
import { objectSyntax, tomlSyntax, type ConfigSyntax } from './table/syntax.js';

/** Options of `parseConfigText`. */
export interface ParseTextOptions {
  /** Variables for `${VAR}`, and the fallbacks such as `REDIS_PASSWORD`. Default: `process.env`. */
  readonly env?: Environment | undefined;
  /** The file of the text, for messages. */
  readonly source?: string | null | undefined;
}

/** Options of `parseConfigObject`. */
export interface ParseObjectOptions {
  /** Variables for the fallbacks such as `REDIS_PASSWORD`. Default: `process.env`. */
  readonly env?: Environment | undefined;
}

/**
 * Reads a configuration from TOML.
 *
 * Throws `ConfigurationError` with every problem, by line.
 */
export function parseConfigText(text: string, options: ParseTextOptions = {}): LoadedConfig {
  const { env = process.env, source = null } = options;
  const root = parseToml({ text, source, excerptKeys });
  const context = contextOf(tomlSyntax, env);
  const config = readConfig(root, context);
  const { problems, warnings } = context;
  const lineOf = problems.isEmpty && warnings.isEmpty ? noLine : locateKeys(text);
  if (!problems.isEmpty) throw new ConfigurationError(problems.sorted(lineOf), source);
  return rememberText({ source, ...config, warnings: warnings.sorted(lineOf) }, text);
}

/**
 * Reads a configuration from an object, in which `${VAR}` has no meaning.
 *
 * Throws `ConfigurationError` with every problem; they have no line.
 */
export function parseConfigObject(
  object: RateSyncConfig,
  options: ParseObjectOptions = {},
): LoadedConfig {
  const { env = process.env } = options;
  const context = contextOf(objectSyntax, env);
  const config = readConfig(object, context);
  const { problems, warnings } = context;
  if (!problems.isEmpty) throw new ConfigurationError(problems.sorted(noLine), null);
  return { source: null, ...config, warnings: warnings.sorted(noLine) };
}

function contextOf(syntax: ConfigSyntax, env: Environment): ReadingContext {
  return { syntax, env, problems: new ProblemList(), warnings: new ProblemList() };
}

function noLine(): null {
  return null;
}
