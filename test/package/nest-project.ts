import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { endWithThisProcess } from '../support/redis/process-end.js';
import { freePort } from '../support/redis/free-port.js';
import { makeTemporaryFolder } from '../support/redis/temporary-folder.js';
import { waitUntil } from '../support/redis/wait-until.js';
import { run } from './run.js';

const INSTALL_TIMEOUT_MS = 180_000;

/** A project that `nest new` generated, with the packed package installed. */
export interface NestProject {
  /** Runs a line of shell commands in the project and returns its output. */
  sh(commands: string): Promise<string>;
  /** Runs the project's linter as `npm run lint` does, without correcting anything. */
  lint(): Promise<void>;
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** Starts the application that `npm run build` compiled, on a free port. */
  start(): Promise<RunningApplication>;
  remove(): Promise<void>;
}

export interface RunningApplication {
  /** Commands for the address that `npm start` listens on, as commands for this application. */
  here(commands: string): string;
  stop(): void;
}

/** Generates a project with the Nest CLI of a major version, as a user does. */
export async function newNestProject(major: number): Promise<NestProject> {
  const folder = await makeTemporaryFolder(`nest${String(major)}-new`);
  const cwd = join(folder.path, 'app');
  const cli = ['--yes', '--prefer-offline', `@nestjs/cli@${String(major)}`];
  const options = ['--skip-git', '--skip-install', '--package-manager', 'npm'];
  await install(folder.path, 'npx', [...cli, 'new', 'app', ...options]);
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline'];
  await install(cwd, 'npm', ['install', ...quiet, inject('packed').tarball]);

  const read = (path: string): Promise<string> => readFile(join(cwd, path), 'utf8');
  return {
    sh: (commands) => run('sh', ['-ec', commands], { cwd }),
    async lint() {
      const { scripts } = JSON.parse(await read('package.json')) as PackageJson;
      await run('npm', ['exec', '-c', scripts.lint.replace(' --fix', '')], { cwd });
    },
    read,
    write: (path, text) => writeFile(join(cwd, path), text),
    start: () => start(cwd),
    remove: () => folder.remove(),
  };
}

interface PackageJson {
  readonly scripts: { readonly lint: string };
}

async function install(cwd: string, command: string, args: readonly string[]): Promise<void> {
  await run(command, args, { cwd, timeoutMs: INSTALL_TIMEOUT_MS });
}

async function start(cwd: string): Promise<RunningApplication> {
  const port = await freePort();
  const env = { ...process.env, PORT: String(port) };
  const child = spawn(process.execPath, ['dist/main'], { cwd, env, stdio: 'ignore' });
  endWithThisProcess(child);
  const origin = `127.0.0.1:${String(port)}`;
  await waitUntil('the application listens', () => fetch(`http://${origin}`).then(() => true));
  return {
    here: (commands) => commands.replaceAll('localhost:3000', origin),
    stop() {
      child.kill();
    },
  };
}
