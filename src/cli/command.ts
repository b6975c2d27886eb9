import type { Environment } from '../config/index.js';
import type { Terminal } from './terminal.js';

/** 0: success. 1: a problem was found. 2: the command could not run. */
export type ExitCode = 0 | 1 | 2;

/** The input of a command. */
export interface CommandContext {
  /** The arguments after its name. */
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
  /** Rejects with a `UsageError`, or with an error whose message is for the user. */
  run(context: CommandContext): Promise<ExitCode>;
}

/** Wrong arguments. The message is for the user and names the correction. */
export class UsageError extends Error {}
