import { ConfigurationError } from '../../core/errors/index.js';
import type { LoadedConfig } from '../settings.js';
import { locateKeys } from './key-lines.js';

/** The texts of configurations, for problems that show only when something is opened. */
const texts = new WeakMap<LoadedConfig, string>();

/** Keeps the text that a configuration was read from. */
export function rememberText(config: LoadedConfig, text: string): LoadedConfig {
  texts.set(config, text);
  return config;
}

/** What is wrong with a configuration that had loaded, with its file and the lines of its keys. */
export function withLines(error: ConfigurationError, config: LoadedConfig): ConfigurationError {
  const text = texts.get(config);
  const lineOf = text === undefined ? () => null : locateKeys(text);
  const problems = error.problems.map((problem) => ({
    ...problem,
    line: problem.line ?? lineOf(problem.path.split('.')),
  }));
  return new ConfigurationError(problems, config.source);
}
