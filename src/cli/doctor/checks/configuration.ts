import {
  loadConfig,
  namedVariables,
  type LoadedConfig,
  type VariablesLookup,
} from '../../../config/index.js';
import { ConfigurationError, isConfigurationError } from '../../../core/errors/index.js';
import { counted } from '../../describe.js';
import { fail, pass, skip, type Finding } from '../check.js';

/** The configuration, with the finding of the check. */
export interface ConfigurationCheck {
  /** Null when it is invalid. */
  readonly config: LoadedConfig | null;
  readonly finding: Finding;
}

/** Whether the configuration loads. */
export async function checkConfiguration(lookup: VariablesLookup): Promise<ConfigurationCheck> {
  try {
    const { path, env, cwd } = lookup;
    const config = await loadConfig({ env, cwd, ...(path === null ? {} : { config: path }) });
    const { limiters, stores, source } = config;
    const counts = `${counted(limiters.length, 'limiter')}, ${counted(stores.length, 'store')}`;
    return { config, finding: pass(`${source ?? 'the configuration'} loads: ${counts}.`) };
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    return { config: null, finding: fail(error.message, 'Run `rate-sync validate` on the file.') };
  }
}

/** Whether every variable in the file is set. */
export async function checkVariables(lookup: VariablesLookup): Promise<Finding> {
  let variables: Awaited<ReturnType<typeof namedVariables>>;
  try {
    variables = await namedVariables(lookup);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return skip('the configuration could not be read.');
  }
  const missing = variables.filter(({ isSet, isOptional }) => !isSet && !isOptional);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ');
    return fail(
      `not set: ${names}.`,
      `Set ${names} where the application runs, or write a default: \${NAME:-default}.`,
    );
  }
  if (variables.length === 0) return pass('the configuration uses no variables.');
  const described = variables.map(({ name, isSet }) => (isSet ? name : `${name} (by its default)`));
  return pass(`set: ${described.join(', ')}.`);
}
