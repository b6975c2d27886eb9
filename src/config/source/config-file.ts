import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigurationError } from '../../core/errors/index.js';
import { variable, type Environment } from '../table/environment.js';
import { MAX_FILE_BYTES, TOO_BIG } from './parse-toml.js';

const PATH_VARIABLE = 'RATE_SYNC_CONFIG';
const DEFAULT_PATHS = ['rate-sync.toml', 'config/rate-sync.toml'] as const;

/** A configuration file that was read. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** Where to look for a configuration file. */
export interface ConfigFileLookup {
  /** The path of the file; null: look in the usual places. */
  readonly path: string | null;
  readonly env: Environment;
  /** The base of relative paths. */
  readonly cwd: string;
}

/**
 * Reads the configuration file: the given one, else that of `$RATE_SYNC_CONFIG`, else
 * `rate-sync.toml` or `config/rate-sync.toml`.
 *
 * Throws `ConfigurationError` when there is none, or when it cannot be read.
 */
export async function readConfigFile({ path, env, cwd }: ConfigFileLookup): Promise<ConfigFile> {
  if (path !== null) return readNamed(resolve(cwd, path), '');
  const fromEnv = variable(env, PATH_VARIABLE) ?? '';
  if (fromEnv !== '') return readNamed(resolve(cwd, fromEnv), ` ($${PATH_VARIABLE} names it)`);
  const candidates = DEFAULT_PATHS.map((candidate) => resolve(cwd, candidate));
  for (const candidate of candidates) {
    const file = await readIfPresent(candidate);
    if (file !== null) return file;
  }
  throw failure(candidates[0] ?? cwd, describeNotFound(candidates));
}

async function readNamed(path: string, origin: string): Promise<ConfigFile> {
  const file = await readIfPresent(path);
  if (file === null) throw failure(path, `this file does not exist${origin}.`);
  return file;
}

/** The file; null when it does not exist. Looks at its size before reading it. */
async function readIfPresent(path: string): Promise<ConfigFile | null> {
  try {
    const { size, ...stats } = await describeFile(path);
    if (!stats.isFile) throw failure(path, `this is ${stats.kind}, not a file.`);
    if (size > MAX_FILE_BYTES) throw failure(path, TOO_BIG);
    return { path, text: decode(path, await readFile(path)) };
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw failure(path, `this file cannot be read (${code ?? 'unknown cause'}).`);
  }
}

async function describeFile(path: string) {
  const stats = await stat(path);
  const kind = stats.isDirectory() ? 'a directory' : 'a device or pipe';
  return { size: stats.size, isFile: stats.isFile(), kind };
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw failure(path, 'this file is not text in UTF-8.');
  }
}

function describeNotFound(candidates: readonly string[]): string {
  return (
    `no configuration file found. Looked for $${PATH_VARIABLE} (not set), ` +
    `${candidates.join(', ')}. Create one of these, set $${PATH_VARIABLE}, or pass "config".`
  );
}

function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

function failure(path: string, message: string): ConfigurationError {
  return new ConfigurationError([{ path: '', line: null, message }], path);
}
