import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { build } from 'vite';

const ROOT = resolve(import.meta.dirname, '../../..');

/** A program and what it needs, in one file. */
export interface Bundle {
  readonly file: string;
  readonly remove: () => Promise<void>;
}

/** A TypeScript program of this repository, bundled so that Node runs it. */
export interface BundledProgram {
  /** Runs it in a process of its own until that ends by itself, and answers what it printed. */
  run(...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Bundles a program with the sources of the package; what comes from npm stays outside. */
export async function bundle(entry: string): Promise<Bundle> {
  await mkdir(join(ROOT, '.tmp'), { recursive: true });
  const outDir = await mkdtemp(join(ROOT, '.tmp', 'e2e-'));
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@rate-sync/nestjs': join(ROOT, 'src/index.ts') } },
    build: { ssr: resolve(ROOT, entry), outDir, target: 'node20', minify: false },
  });
  return {
    file: join(outDir, `${basename(entry, '.ts')}.js`),
    remove: () => rm(outDir, { recursive: true, force: true }),
  };
}

/** The same, to be run until it ends. */
export async function bundled(entry: string): Promise<BundledProgram> {
  const { file, remove } = await bundle(entry);
  return {
    run: (...args) =>
      new Promise((done, fail) => {
        execFile(
          process.execPath,
          [file, ...args],
          { timeout: 20_000 },
          (error, stdout, stderr) => {
            if (error === null) done(stdout);
            else fail(new Error(`it ended with ${error.message}\n${stdout}${stderr}`));
          },
        );
      }),
    remove,
  };
}
