import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, inject } from 'vitest';
import { run } from './run.js';

const APPS = fileURLToPath(new URL('apps/', import.meta.url));
const INSTALL_TIMEOUT_MS = 180_000;

/** A project that installed the packed package from its tarball, as a user would. */
export interface Consumer {
  /** Runs one of its npm scripts and answers what that wrote. */
  script(name: string, env?: Readonly<Record<string, string>>): Promise<string>;
  /** Runs one of its npm scripts and answers the JSON of the last line that it wrote. */
  report(name: string, env?: Readonly<Record<string, string>>): Promise<unknown>;
  /** Runs `npx rate-sync` and answers what it printed; rejects unless it found nothing wrong. */
  rateSync(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  /** Installs more packages, by name and version. */
  install(...packages: readonly string[]): Promise<void>;
  /** The names of all packages in its `node_modules`; rejects when `npm ls` finds a fault. */
  installed(): Promise<ReadonlySet<string>>;
}

/** Installs the app in `apps/<name>`, with the sources that all apps share, before the tests. */
export function consumerApp(name: string): Consumer {
  let cwd = '';
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), `rate-sync-${name}-`));
    await cp(join(APPS, 'shared'), join(cwd, 'src'), { recursive: true });
    await cp(join(APPS, name), cwd, { recursive: true });
    await npmInstall(cwd, inject('packed').tarball);
  }, INSTALL_TIMEOUT_MS);
  afterAll(() => rm(cwd, { recursive: true, force: true }));

  const script: Consumer['script'] = (name, env = {}) =>
    run('npm', ['run', '--silent', name], { cwd, env });
  return {
    script,
    async report(name, env) {
      const output = await script(name, env);
      return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as unknown;
    },
    rateSync: (args, env = {}) => run('npx', ['--no', '--', 'rate-sync', ...args], { cwd, env }),
    async install(...packages) {
      await npmInstall(cwd, ...packages);
    },
    async installed() {
      const tree = JSON.parse(await run('npm', ['ls', '--all', '--json'], { cwd })) as Tree;
      return new Set(namesIn(tree));
    },
  };
}

async function npmInstall(cwd: string, ...packages: readonly string[]): Promise<void> {
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline'];
  const options = { cwd, timeoutMs: INSTALL_TIMEOUT_MS };
  await run('npm', ['install', ...quiet, ...packages], options);
}

interface Tree {
  /** Left out for an optional peer that is not installed. */
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, Tree>>;
}

function* namesIn({ dependencies = {} }: Tree): Iterable<string> {
  for (const [name, tree] of Object.entries(dependencies)) {
    if (tree.version !== undefined) yield name;
    yield* namesIn(tree);
  }
}
