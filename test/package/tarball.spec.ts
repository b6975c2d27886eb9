import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { describe, expect, inject, it } from 'vitest';
import { run } from './run.js';

const cwd = process.cwd();

describe('the packed package', () => {
  const { tarball, files, programs } = inject('packed');

  it('holds the two builds, the schema and the papers, nothing else', () => {
    const builds = /^dist\/(esm|cjs)\/.*\.(js|js\.map|d\.ts)$/;
    const spec = /\.spec\./;
    expect(files.filter((path) => !builds.test(path) || spec.test(path)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist/cjs/package.json',
      'dist/rate-sync.schema.json',
      'package.json',
    ]);
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
