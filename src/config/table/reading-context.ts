import type { Environment } from './environment.js';
import type { ProblemList } from './problem-list.js';
import type { ConfigSyntax } from './syntax.js';

/** What every part of a configuration is read with. */
export interface ReadingContext {
  readonly syntax: ConfigSyntax;
  readonly env: Environment;
  readonly problems: ProblemList;
  /** What is accepted, but has no effect. */
  readonly warnings: ProblemList;
}
