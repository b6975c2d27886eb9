import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Where a program is: what its variable says (`REDIS_SERVER_BIN` for `redis-server`), or the first
 * one on PATH.
 *
 * @throws Error that says how to get it when there is none.
 */
export function programFile(name: string, variable: string): string {
  const { [variable]: chosen, PATH = '' } = process.env;
  if (chosen !== undefined && chosen !== '') return chosen;
  const found = PATH.split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(
    `These tests need ${name}: run "node scripts/ensure-tools.mjs", or set ${variable} to its path.`,
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
