import { createHash } from 'node:crypto';
import { SCRIPT_SOURCE } from './script-source.js';

/** A script as a server knows it. */
export interface Script {
  readonly source: string;
  /** SHA-1 of the source, the name that `EVALSHA` calls it by. */
  readonly sha: string;
}

let script: Script | null = null;

/** The one script of this package. It is a part of the code, not a file beside it. */
export function decisionScript(): Script {
  script ??= {
    source: SCRIPT_SOURCE,
    sha: createHash('sha1').update(SCRIPT_SOURCE).digest('hex'),
  };
  return script;
}
