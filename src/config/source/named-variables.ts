import { variable, variablesIn, type Environment, type VariableUse } from '../table/environment.js';
import { readConfigFile } from './config-file.js';
import { parseToml } from './parse-toml.js';

/** Where to look for the file, and the variables that are set. */
export interface VariablesLookup {
  /** Null: the usual places. */
  readonly path: string | null;
  readonly env: Environment;
  readonly cwd: string;
}

/** A variable that a configuration names, without its value. */
export interface NamedVariable extends VariableUse {
  /** Set, perhaps to an empty string. */
  readonly isSet: boolean;
}

/**
 * Every variable that a configuration file names, by name.
 *
 * Rejects with `ConfigurationError` when there is no file, or when it is not TOML.
 */
export async function namedVariables({
  path,
  env,
  cwd,
}: VariablesLookup): Promise<readonly NamedVariable[]> {
  const file = await readConfigFile({ path, env, cwd });
  const uses = new Map<string, VariableUse>();
  for (const text of textsIn(parseToml({ text: file.text, source: file.path }))) {
    for (const use of variablesIn(text)) {
      const isOptional = use.isOptional && (uses.get(use.name)?.isOptional ?? true);
      uses.set(use.name, { name: use.name, isOptional });
    }
  }
  const named = [...uses.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return named.map((use) => ({ ...use, isSet: variable(env, use.name) !== undefined }));
}

/** Every string, at any depth. The parser has bounded the depth. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
