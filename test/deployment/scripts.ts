import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { endWithThisProcess } from '../support/redis/process-end.js';
import { redisServerBinary } from '../support/redis/redis-binary.js';
import { makeTemporaryFolder } from '../support/redis/temporary-folder.js';
import { KIT } from './kit.js';

/** How a script ended, and everything that it said. */
export interface ScriptResult {
  readonly code: number | null;
  readonly output: string;
}

type Variables = Readonly<Record<string, string>>;

/** Starts a shell script of the kit, which finds the redis-server that the tests use. */
export async function startScript(
  name: string,
  args: readonly string[],
  env: Variables,
): Promise<ChildProcess> {
  const folder = await makeTemporaryFolder('bin');
  await symlink(redisServerBinary(), join(folder.path, 'redis-server'));
  const PATH = [folder.path, process.env['PATH'] ?? ''].join(delimiter);
  const child = spawn('sh', [resolve(KIT, 'compose', name), ...args], {
    env: { ...env, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithThisProcess(child);
  child.once('exit', () => void folder.remove());
  return child;
}

/** Runs a shell script of the kit to its end. */
export async function runScript(
  name: string,
  args: readonly string[],
  env: Variables,
): Promise<ScriptResult> {
  const child = await startScript(name, args, env);
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [out, err, [code]] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    exit,
  ]);
  return { code, output: out + err };
}
