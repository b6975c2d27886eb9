import { execFile } from 'node:child_process';

/** Runs a command to its end and answers what it wrote; rejects with all of it when it fails. */
export function run(
  command: string,
  args: readonly string[],
  { cwd, timeoutMs = 60_000 }: { readonly cwd: string; readonly timeoutMs?: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${error.message}\n${stdout}\n${stderr}`, { cause: error }));
    });
  });
}
