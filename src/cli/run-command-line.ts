import { readFile } from 'node:fs/promises';
import type { Environment } from '../config/index.js';
import { didYouMean } from '../core/did-you-mean.js';
import { isRateSyncError } from '../core/errors/index.js';
import { UsageError, type Command, type ExitCode } from './command.js';
import { withoutControls, type Terminal } from './terminal.js';

/** The commands, each loaded on demand. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  validate: async () => (await import('./validate.js')).validate,
  doctor: async () => (await import('./doctor/command.js')).doctor,
  inspect: async () => (await import('./inspect.js')).inspect,
  reset: async () => (await import('./reset.js')).reset,
  plan: async () => (await import('./plan/command.js')).plan,
};

/** Runs `rate-sync` with these arguments. Never rejects. */
export async function runCommandLine(
  args: readonly string[],
  terminal: Terminal,
  env: Environment,
): Promise<ExitCode> {
  const [first, ...rest] = args;
  if (first === '--version' || first === '-v') {
    terminal.print(await version());
    return 0;
  }
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    return help(rest[0], terminal, first === undefined ? 2 : 0);
  }
  const load = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  if (load === undefined) {
    terminal.note(
      `rate-sync: unknown command "${withoutControls(first)}".${didYouMean(first, Object.keys(COMMANDS))}`,
    );
    return help(undefined, terminal, 2);
  }
  if (rest.includes('--help') || rest.includes('-h')) return help(first, terminal, 0);
  try {
    return await (await load()).run({ args: rest, terminal, env });
  } catch (error) {
    terminal.note(`rate-sync ${first}: ${messageOf(error)}`);
    if (error instanceof UsageError) terminal.note(`See: rate-sync help ${first}`);
    return 2;
  }
}

/** The message for the user, without a stack trace. */
function messageOf(error: unknown): string {
  if (error instanceof UsageError || isRateSyncError(error)) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `internal error: ${withoutControls(message)}`;
}

async function help(
  name: string | undefined,
  terminal: Terminal,
  exitCode: ExitCode,
): Promise<ExitCode> {
  const load = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load !== undefined) {
    terminal.print((await load()).usage);
    return exitCode;
  }
  const commands = await Promise.all(Object.values(COMMANDS).map((each) => each()));
  const print = (line = ''): void => {
    if (exitCode === 0) terminal.print(line);
    else terminal.note(line);
  };
  print('Usage: rate-sync COMMAND [arguments]');
  print();
  for (const command of commands) print(`  ${command.name.padEnd(10)}${command.summary}`);
  print();
  print('Details: rate-sync help COMMAND. Exit codes: 0 success, 1 problem found, 2 error.');
  return exitCode;
}

/** The version of this package, from the manifest above `dist/esm/cli`. */
async function version(): Promise<string> {
  const manifest = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
