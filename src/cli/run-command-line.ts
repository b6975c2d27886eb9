import { readFile } from 'node:fs/promises';
import type { Environment } from '../config/index.js';
import { isRateSyncError } from '../core/errors/index.js';
import { UsageError, type Command, type ExitCode } from './command.js';
import { withoutControls, type Terminal } from './terminal.js';

/** The commands, each loaded when it is called. */
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
    terminal.note(`rate-sync: there is no command "${withoutControls(first)}".`);
    return help(undefined, terminal, 2);
  }
  if (rest.includes('--help') || rest.includes('-h')) return help(first, terminal, 0);
  try {
    return await (await load()).run({ args: rest, terminal, env });
  } catch (error) {
    terminal.note(`rate-sync ${first}: ${explained(error)}`);
    if (error instanceof UsageError) terminal.note(`See: rate-sync help ${first}`);
    return 2;
  }
}

/** What went wrong, without the inside of the program. */
function explained(error: unknown): string {
  if (error instanceof UsageError || isRateSyncError(error)) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `this should not have happened: ${withoutControls(message)}`;
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
  print(
    'rate-sync help COMMAND tells more. Exit code: 0 fine, 1 found something, 2 could not run.',
  );
  return exitCode;
}

/** The version of this package, which is two folders up from `dist/esm/cli`. */
async function version(): Promise<string> {
  const manifest = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
