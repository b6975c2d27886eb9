import { runCommandLine } from '../../src/cli/run-command-line.js';
import { Terminal } from '../../src/cli/terminal.js';

/** How a command ended, and what it printed. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `rate-sync` in this process, on no terminal. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Ran> {
  const texts = { out: '', err: '' };
  const terminal = new Terminal(
    { write: (text) => (texts.out += text) },
    { write: (text) => (texts.err += text) },
    {},
  );
  const code = await runCommandLine(args, terminal, env);
  return { code, ...texts };
}
