import type { RateSyncConfig } from './config-object.js';
import { parseConfigObject, parseConfigText } from './parse-config.js';
import type { LoadedConfig } from './settings.js';
import { readConfigFile } from './source/config-file.js';
import type { Environment } from './table/environment.js';

/** Options of `loadConfig`. */
export interface LoadConfigOptions {
  /** The path of a TOML file, or the configuration itself. Left out or empty: the usual places. */
  readonly config?: string | RateSyncConfig | undefined;
  /** Variables for `${VAR}`, `RATE_SYNC_CONFIG` and `REDIS_PASSWORD`. Default: `process.env`. */
  readonly env?: Environment | undefined;
  /** The base of relative paths. Default: the working directory. */
  readonly cwd?: string | undefined;
}

/**
 * Loads the configuration from the given file or object; else from `$RATE_SYNC_CONFIG`,
 * `./rate-sync.toml` or `./config/rate-sync.toml`.
 *
 * Rejects with `ConfigurationError`, which lists every problem, or the places where it looked.
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<LoadedConfig> {
  const { config = '', env = process.env, cwd = process.cwd() } = options;
  if (typeof config !== 'string') return parseConfigObject(config, { env });
  const file = await readConfigFile({ path: config === '' ? null : config, env, cwd });
  return parseConfigText(file.text, { env, source: file.path });
}
