import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const textOf = (path: string): string => readFileSync(path, 'utf8');

const PAGES = readdirSync('docs/recipes').filter((file) => file.endsWith('.md'));

/** Blocks of a page that name the file which they show: ```` ```ts test/recipes/… ````. */
interface Shown {
  readonly page: string;
  readonly path: string;
  readonly code: string;
}

const SHOWN: readonly Shown[] = PAGES.flatMap((page) =>
  [...textOf(`docs/recipes/${page}`).matchAll(/^```\w+ (test\/\S+)\n([^]*?)^```$/gm)].map(
    ([, path = '', code = '']) => ({ page, path, code }),
  ),
);

/** Code of these languages on a page is always a file that a test runs. */
const UNTESTED = /^```(?:ts|typescript|js|toml)$/m;

/** `@nestjs/bullmq` is not installed here; the service that its processor calls is tested. */
const WITH_UNTESTED_CODE = ['bullmq-worker.md'];

/** The files of the recipes: everything in a folder of its own but configurations without a page. */
const FILES = ['test/recipes', 'test/transports/recipes'].flatMap((root) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.includes('/') && statSync(join(root, file)).isFile())
    .map((file) => `${root}/${file}`),
);

describe('the pages of the recipes', () => {
  it.each(SHOWN)('$page shows $path as it is', ({ path, code }) => {
    expect(code).toBe(textOf(path));
  });

  it('show every file of a recipe', () => {
    expect(SHOWN.map(({ path }) => path).sort()).toEqual([...FILES].sort());
  });

  it.each(PAGES.filter((page) => !WITH_UNTESTED_CODE.includes(page)))(
    '%s has no code that no test runs',
    (page) => {
      expect(textOf(`docs/recipes/${page}`)).not.toMatch(UNTESTED);
    },
  );

  it('are all linked from the index', () => {
    const index = textOf('docs/recipes/README.md');
    const missing = PAGES.filter((page) => page !== 'README.md' && !index.includes(`(${page})`));
    expect(missing).toEqual([]);
  });
});
