import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHECK_IDS } from '../../src/cli/doctor/check.js';
import { KIT, kitText } from './kit.js';

const pages = readdirSync(KIT).filter((file) => file.endsWith('.md'));
const ids: readonly string[] = CHECK_IDS;

/** The cells of each row of the tables of a page, heads and rules left out. */
function rows(page: string): readonly (readonly string[])[] {
  const lines = kitText(page)
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\| (?:-|symptom|line)/.test(line));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

/** `#the-access-list`, as GitHub makes them. */
function anchors(markdown: string): ReadonlySet<string> {
  const heads = markdown.split('\n').filter((line) => /^#+ /.test(line));
  return new Set(
    heads.map((head) =>
      head
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

describe('troubleshooting.md', () => {
  it('names, in every row, a check of the doctor', () => {
    const table = rows('troubleshooting.md');
    expect(table.length).toBeGreaterThan(30);
    const strangers = table.filter((row) => {
      const [, id = ''] = /^`([\w-]+)`$/.exec(row[3] ?? '') ?? [];
      return row.length !== 4 || row.includes('') || !ids.includes(id);
    });
    expect(strangers).toEqual([]);
  });

  it('has a row for every check', () => {
    const named = rows('troubleshooting.md').map(([, , , id = '']) => id.replaceAll('`', ''));
    expect([...new Set(named)].sort()).toEqual([...ids].sort());
  });
});

describe('checklist.md', () => {
  it('has a check, or says what to do by hand, on every line', () => {
    const table = rows('checklist.md');
    expect(table.length).toBeGreaterThan(18);
    const idle = table.filter(([, by = '']) => {
      const named = [...by.matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map(([, id]) => id ?? '');
      return !named.some((id) => ids.includes(id)) && !by.includes('by hand');
    });
    expect(idle).toEqual([]);
  });

  it('leaves out no check', () => {
    const text = rows('checklist.md').flat().join(' ');
    expect(ids.filter((id) => !text.includes(`\`${id}\``))).toEqual([]);
  });
});

describe.each(pages)('%s', (page) => {
  const text = kitText(page);

  it('links to files and headings that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/gs)].map(([, link]) => link ?? '');
    const dead = links.filter((link) => {
      const [file = '', anchor] = link.split('#');
      const path = file === '' ? resolve(KIT, page) : resolve(dirname(resolve(KIT, page)), file);
      if (!existsSync(path)) return true;
      return anchor !== undefined && !anchors(readFileSync(path, 'utf8')).has(anchor);
    });
    expect(dead).toEqual([]);
  });

  it('is reached from the index', () => {
    expect(page === 'README.md' || kitText('README.md').includes(`(${page}`)).toBe(true);
  });

  it('names commands of rate-sync that there are', () => {
    const commands = [...text.matchAll(/npx rate-sync (\w+)/g)].map(([, name]) => name);
    const known = ['validate', 'doctor', 'inspect', 'reset', 'plan'];
    expect(commands.filter((name) => !known.includes(name ?? ''))).toEqual([]);
  });
});
