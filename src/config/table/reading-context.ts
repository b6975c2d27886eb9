import type { Environment } from './environment.js';
import type { ProblemList } from './problem-list.js';
import type { ConfigSyntax } from './syntax.js';

/** The context in which every table is read. */
export interface ReadingContext {
  readonly syntax: ConfigSyntax;
  readonly env: Environment;
  readonly problems: ProblemList;
  /** Keys that are accepted, but have no effect. */
  readonly warnings: ProblemList;
}
