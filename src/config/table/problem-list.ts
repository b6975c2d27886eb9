import type { ConfigProblem } from '../../core/errors/index.js';
import { describeName } from './describe-value.js';

/** Names of tables and keys as the user spelled them, and indices of arrays. */
export type ConfigPath = readonly (string | number)[];

/** A file with more problems is not a configuration file. */
const MAX_PROBLEMS = 100;

interface FoundProblem {
  readonly path: ConfigPath;
  readonly message: string;
}

/** Collects problems of a configuration, so that all of them can be reported at once. */
export class ProblemList {
  readonly #found: FoundProblem[] = [];

  /** True once there are so many problems that looking for more is pointless. */
  get isFull(): boolean {
    return this.#found.length >= MAX_PROBLEMS;
  }

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  /** Notes a problem, unless the list is full. */
  add(path: ConfigPath, message: string): void {
    if (!this.isFull) this.#found.push({ path, message });
  }

  /** The problems by line; those of one line in the order in which they were found. */
  sorted(lineOf: (path: ConfigPath) => number | null): readonly ConfigProblem[] {
    const problems = this.#found.map(({ path, message }) => ({
      path: describePath(path),
      line: lineOf(path),
      message,
    }));
    problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
    if (!this.isFull) return problems;
    const message = `only the first ${String(MAX_PROBLEMS)} problems are listed.`;
    return [...problems, { path: '', line: null, message }];
  }
}

function describePath(path: ConfigPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${String(part)}]`;
    return text === '' ? describeName(part) : `${text}.${describeName(part)}`;
  }, '');
}
