/* eslint-disable @typescript-eslint/ban-ts-comment -- an error in one of the two builds only */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { InvalidUsageError } from '../../core/errors.js';

/** A script as a server knows it. */
export interface Script {
  readonly source: string;
  /** SHA-1 of the source, the name that `EVALSHA` calls it by. */
  readonly sha: string;
}

/*
 * The fragments in the order in which they are joined; later ones use the words of earlier ones.
 * Bundlers know the form `new URL(…, import.meta.url)` and take the files along. The CommonJS build
 * has no `import.meta`, which TypeScript says and `scripts/build.mjs` replaces.
 */
const FRAGMENTS = [
  // @ts-ignore TS1343
  new URL('./lua/head.lua', import.meta.url),
  // @ts-ignore TS1343
  new URL('./lua/short-bucket.lua', import.meta.url),
  // @ts-ignore TS1343
  new URL('./lua/short-window.lua', import.meta.url),
  // @ts-ignore TS1343
  new URL('./lua/words.lua', import.meta.url),
  // @ts-ignore TS1343
  new URL('./lua/short-groups.lua', import.meta.url),
  // @ts-ignore TS1343
  new URL('./lua/gcra.lua', import.meta.url),
  // @ts-ignore TS1343
  new URL('./lua/window-log.lua', import.meta.url),
  // @ts-ignore TS1343
  new URL('./lua/sliding-window.lua', import.meta.url),
  // @ts-ignore TS1343
  new URL('./lua/concurrency.lua', import.meta.url),
  // @ts-ignore TS1343
  new URL('./lua/decide.lua', import.meta.url),
  // @ts-ignore TS1343
  new URL('./lua/entry.lua', import.meta.url),
];

/** A server keeps the source and has no use for what explains it. */
const COMMENT_LINES = /^\s*(--.*)?\n/gm;

let loaded: Script | null = null;

/**
 * The one script of this package. Reads its fragments when it is first asked for; throws an
 * `InvalidUsageError` when a bundler left them behind.
 */
export function decisionScript(): Script {
  if (loaded === null) {
    const text = FRAGMENTS.map(readFragment).join('\n');
    const source = text.replace(COMMENT_LINES, '');
    loaded = { source, sha: createHash('sha1').update(source).digest('hex') };
  }
  return loaded;
}

function readFragment(file: URL): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new InvalidUsageError(
      `the script of the Redis store is not where its code is: ${file.pathname} is missing. ` +
        'A bundler must take the folder `lua` along, or leave @rate-sync/nestjs outside.',
    );
  }
}
