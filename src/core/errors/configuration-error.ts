import { RateSyncError } from './rate-sync-error.js';

/** One thing that is wrong with a configuration, or that has no effect in it. */
export interface ConfigProblem {
  /** Where in the configuration, as in `limiters.login_ip.window_seconds`; empty for the whole. */
  readonly path: string;
  /** Line in the file, from 1; null when there is no file or no such line. */
  readonly line: number | null;
  /** What was expected and how to fix it. Never contains a value that may be a secret. */
  readonly message: string;
  /** Of a syntax error: its line and a caret under its column, without what may be secret. */
  readonly excerpt?: string;
}

/** The configuration is invalid. Lists every problem. */
export class ConfigurationError extends RateSyncError {
  readonly problems: readonly ConfigProblem[];
  /** The file, or null when the configuration was an object. */
  readonly source: string | null;

  constructor(problems: readonly ConfigProblem[], source: string | null) {
    super('RATE_SYNC_INVALID_CONFIG', describeProblems(problems, source));
    this.problems = problems;
    this.source = source;
  }
}

function describeProblems(problems: readonly ConfigProblem[], source: string | null): string {
  const where = source ?? 'the configuration object';
  const count = problems.length === 1 ? '1 problem' : `${String(problems.length)} problems`;
  const lines = problems.flatMap((problem) => [
    `  - ${describeProblem(problem)}`,
    ...excerptLines(problem),
  ]);
  return [`${count} in ${where}`, ...lines].join('\n');
}

function excerptLines({ excerpt }: ConfigProblem): readonly string[] {
  return excerpt === undefined ? [] : excerpt.split('\n').map((line) => `      ${line}`);
}

/** A problem in one line: where it is, and what is wrong. */
export function describeProblem({ path, line, message }: ConfigProblem): string {
  const at = line === null ? '' : `(line ${String(line)})`;
  if (path === '') return at === '' ? message : `${at} ${message}`;
  return at === '' ? `${path}: ${message}` : `${path} ${at}: ${message}`;
}
