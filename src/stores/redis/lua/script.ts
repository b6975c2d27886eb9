import { createHash } from 'node:crypto';
import { SCRIPT_SOURCE } from './script-source.js';

/** A script and its name on a server. */
export interface Script {
  readonly source: string;
  /** SHA-1 of the source, which `EVALSHA` takes. */
  readonly sha: string;
}

let script: Script | null = null;

/** The script of this package. It is a part of the code, not a file beside it. */
export function decisionScript(): Script {
  script ??= {
    source: SCRIPT_SOURCE,
    sha: createHash('sha1').update(SCRIPT_SOURCE).digest('hex'),
  };
  return script;
}
