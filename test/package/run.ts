import { execFile } from 'node:child_process';

/** Where and how a command runs. */
export interface RunOptions {
  readonly cwd: string;
  readonly timeoutMs?: number;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command to its end and answers what it wrote; rejects with all of it when it fails. */
export function run(
  command: string,
  args: readonly string[],
  { cwd, timeoutMs = 60_000, env = {} }: RunOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const maxBuffer = 64 * 1024 * 1024;
    const options = { cwd, timeout: timeoutMs, maxBuffer, env: { ...process.env, ...env } };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${error.message}\n${stdout}\n${stderr}`, { cause: error }));
    });
  });
}
