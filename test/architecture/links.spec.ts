import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { linksOf, prose } from '../support/markdown.js';

const DOCS = readdirSync('docs', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md'))
  .map((path) => join('docs', path));
const PAGES = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...DOCS];

/** The anchors of a page, as code hosts make them from its headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = prose(page).matchAll(/^#+ (.*)$/gm);
  return new Set(Array.from(headings, ([, heading = '']) => anchorOf(heading)));
}

function anchorOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
    .replaceAll(' ', '-');
}

function isBroken(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(target)) return true;
  return anchor !== undefined && !anchorsOf(target).has(anchor);
}

it.each(PAGES)('every link of %s leads to a file, and to a heading where it names one', (page) => {
  expect(linksOf(page).filter((link) => isBroken(page, link))).toEqual([]);
});

it('the README links every page and every folder of the documentation', () => {
  const links = linksOf('README.md');
  const entries = readdirSync('docs').map((name) => join('docs', name));
  const isLinked = (entry: string) =>
    links.some((link) => link === entry || link.startsWith(`${entry}/`));
  expect(entries.filter((entry) => !isLinked(entry))).toEqual([]);
});
