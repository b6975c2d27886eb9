import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenThisProcessEnds } from './process-end.js';

/** A folder of one's own. */
export interface TemporaryFolder {
  readonly path: string;
  /** Removes it with everything in it; done already, it does nothing. */
  remove(): Promise<void>;
}

/** Makes a folder that is removed when this process ends, if not before. */
export async function makeTemporaryFolder(name: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), `rate-sync-${name}-`));
  const takeBack = whenThisProcessEnds(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return {
    path,
    remove: () => {
      takeBack();
      return rm(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
