import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Where redis-server is: the variable REDIS_SERVER_BIN, or the first one on PATH.
 *
 * @throws Error that says how to get it when there is none.
 */
export function redisServerBinary(): string {
  const { REDIS_SERVER_BIN: chosen, PATH = '' } = process.env;
  if (chosen !== undefined && chosen !== '') return chosen;
  const found = PATH.split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'redis-server'))
    .find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(
    'These tests need redis-server 7 or newer: run "node scripts/ensure-tools.mjs", or set REDIS_SERVER_BIN to its path.',
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
