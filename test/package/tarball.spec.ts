import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { describe, expect, inject, it } from 'vitest';
import { linksOf } from '../support/markdown.js';
import { run } from './run.js';

const cwd = process.cwd();

describe('the packed package', () => {
  const { tarball, files, programs, unpackedSize } = inject('packed');

  it('holds the two builds, their declarations, the schema and the documentation, nothing else', () => {
    const builds = /^dist\/(esm|cjs)\/.*\.(js|d\.ts)$/;
    const spec = /\.spec\./;
    const others = files.filter((path) => !builds.test(path) || spec.test(path));
    expect(others.filter((path) => !path.startsWith('docs/')).sort()).toEqual([
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'dist/cjs/package.json',
      'dist/rate-sync.schema.json',
      'package.json',
    ]);
  });

  it('unpacks to at most 1.5 MB', () => {
    expect(unpackedSize).toBeLessThanOrEqual(1_500_000);
  });

  it('holds every file of the documentation', async () => {
    const entries = await readdir('docs', { recursive: true, withFileTypes: true });
    const docs = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(files.filter((path) => path.startsWith('docs/')).sort()).toEqual(docs.sort());
  });

  it('C8: holds the target of every link of its pages', () => {
    const pages = files.filter((path) => path.endsWith('.md'));
    const isThere = (target: string) =>
      files.some((path) => path === target || path.startsWith(`${target}/`));
    const dead = pages.flatMap((page) =>
      linkedFiles(page)
        .filter((target) => !isThere(target))
        .map((target) => `${page}: ${target}`),
    );
    expect(dead).toEqual([]);
  });

  it('D16: names no source map, because it holds none', async () => {
    const scripts = files.filter((path) => path.endsWith('.js'));
    const texts = await Promise.all(scripts.map((path) => readFile(path, 'utf8')));
    expect(scripts.filter((_, index) => texts[index]?.includes('sourceMappingURL'))).toEqual([]);
  });

  it('A13: holds one file that may be run, the command; so does the build', async () => {
    expect(programs).toEqual(['dist/esm/cli/main.js']);
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect(await run(join(cwd, 'dist/esm/cli/main.js'), ['--version'], { cwd })).toBe(
      `${version}\n`,
    );
  });

  it('has nothing that publint finds fault with', async () => {
    const pack = { tarball: new Uint8Array(await readFile(tarball)).buffer };
    const { messages, pkg } = await publint({ pack, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it('has types that every kind of resolution finds', async () => {
    const attw = join(cwd, 'node_modules/.bin/attw');
    const withoutData = ['--exclude-entrypoints', 'rate-sync.schema.json'];
    await run(attw, [tarball, '--format', 'ascii', ...withoutData], { cwd });
  });
});

/** The files and folders that a page links, from the root of the package. */
function linkedFiles(page: string): readonly string[] {
  return linksOf(page)
    .map((link) => link.split('#')[0] ?? '')
    .filter((path) => path !== '')
    .map((path) => join(dirname(page), path).replace(/\/$/, ''));
}
