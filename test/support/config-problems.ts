import { ConfigurationError, type ConfigProblem } from '../../src/core/errors/index.js';
import { parseConfigText } from '../../src/config/parse-config.js';

/** The variables of a configuration under test. */
export type Env = Readonly<Record<string, string>>;

function problemsOf(text: string, env: Env): readonly ConfigProblem[] {
  try {
    parseConfigText(text, { env });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

/** The problems of a configuration, each as `path (line): message`. */
export function problemsIn(text: string, env: Env = {}): string {
  return problemsOf(text, env)
    .map(({ path, line, message }) => `${path} (${String(line)}): ${message}`)
    .join('\n');
}

/** The problems of the keys of a store, which begin in line 2. */
export function problemsOfStore(keys: string, env: Env = {}): readonly ConfigProblem[] {
  return problemsOf(`[stores.main]\n${keys}\n[limiters.any]\nrate_per_second = 1`, env);
}

/** The same, each as `key (line): message`. */
export function storeProblemsIn(keys: string, env: Env = {}): string {
  return problemsOfStore(keys, env)
    .map(
      ({ path, line, message }) =>
        `${path.slice('stores.main.'.length)} (${String(line)}): ${message}`,
    )
    .join('\n');
}
