import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { run } from './run.js';

/** The package as it would be published. */
interface Packed {
  readonly tarball: string;
  /** The paths of the files in it. */
  readonly files: readonly string[];
  /** Those of them that may be run. */
  readonly programs: readonly string[];
  /** The size of all files, in bytes. */
  readonly unpackedSize: number;
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly packed: Packed;
  }
}

/** Packs what `npm run build` left in `dist`, once for all specs of the project. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cwd = project.config.root;
  const directory = await mkdtemp(join(tmpdir(), 'rate-sync-pack-'));
  if (!existsSync(join(cwd, 'dist'))) await run('npm', ['run', 'build'], { cwd });
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', directory];
  const [{ filename, files, unpackedSize }] = JSON.parse(await run('npm', args, { cwd })) as [
    PackReport,
  ];
  project.provide('packed', {
    tarball: join(directory, filename),
    files: files.map(({ path }) => path),
    programs: files.filter(({ mode }) => (mode & 0o111) === 0o111).map(({ path }) => path),
    unpackedSize,
  });
  return () => rm(directory, { recursive: true, force: true });
}

/** What `npm pack --json` tells of a package. */
interface PackReport {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}
