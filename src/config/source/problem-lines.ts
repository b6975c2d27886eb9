import { ConfigurationError } from '../../core/errors/index.js';
import type { LoadedConfig } from '../settings.js';
import { locateKeys } from './key-lines.js';

/** The texts of configurations, for problems that are found only when a store is opened. */
const texts = new WeakMap<LoadedConfig, string>();

/** Keeps the text of a configuration. */
export function rememberText(config: LoadedConfig, text: string): LoadedConfig {
  texts.set(config, text);
  return config;
}

/** Adds the file and the lines of the keys to problems of a configuration that has loaded. */
export function withLines(error: ConfigurationError, config: LoadedConfig): ConfigurationError {
  const text = texts.get(config);
  const lineOf = text === undefined ? () => null : locateKeys(text);
  const problems = error.problems.map((problem) => ({
    ...problem,
    line: problem.line ?? lineOf(problem.path.split('.')),
  }));
  return new ConfigurationError(problems, config.source);
}
