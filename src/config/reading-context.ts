import type { Environment } from './environment.js';
import type { Form } from './form.js';
import type { ProblemList } from './problem-list.js';

/** What every part of a configuration is read with. */
export interface ReadingContext {
  readonly form: Form;
  readonly env: Environment;
  readonly problems: ProblemList;
}
