import type { Environment } from '../config/index.js';
import type { Terminal } from './terminal.js';

/** 0: fine. 1: something was found. 2: it could not run. */
export type ExitCode = 0 | 1 | 2;

/** What a command is given. */
export interface CommandContext {
  /** The arguments behind its name. */
  readonly args: readonly string[];
  readonly terminal: Terminal;
  readonly env: Environment;
}

/** One command of `rate-sync`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `rate-sync help NAME` prints. */
  readonly usage: string;
  /** Rejects with a `UsageError`, or with an error whose message is fit for the user. */
  run(context: CommandContext): Promise<ExitCode>;
}

/** The arguments cannot be used. The message says what to change. */
export class UsageError extends Error {}
