import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandsFor } from './permissions.js';

const folder = new URL('../../../stores/redis/lua/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.lua'));

function foundIn(names: readonly string[], form: RegExp): readonly string[] {
  const text = names.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
  return [...new Set([...text.matchAll(form)].map(([, found = '']) => found))].toSorted();
}

const called = foundIn(files, /\bp?call\(\s*'(\w+)'/g);

describe('D14: the commands of the script', () => {
  it('are literals in their calls', () => {
    expect(called.length).toBeGreaterThan(10);
    const elsewhere = files.filter((name) => !['probe.lua', 'tokenize.lua'].includes(name));
    expect(foundIn(elsewhere, /\bp?call\(\s*([^'\s][^,)]*)/g)).toEqual([]);
    expect(foundIn(elsewhere, /(redis\.p?call\([^)]*\))/g)).toEqual([]);
  });

  it('are all tried by its probe', () => {
    const tried = foundIn(['probe.lua'], /\btry\('(\w+)'/g);
    expect(tried).toEqual([...new Set([...called, ...tried])].toSorted());
    expect(tried.filter((name) => !called.includes(name))).toEqual([]);
  });

  it('are all tried by doctor, with those that run a script', () => {
    const tried = commandsFor('key').map(([name]) => name);
    expect(tried.toSorted()).toEqual(['EVAL', 'EVALSHA', ...called].toSorted());
  });

  it.each(['deployment/security.md', 'redis.md'])('are all granted by the lines of %s', (name) => {
    const page = new URL(`../../../../docs/${name}`, import.meta.url);
    const lines = readFileSync(page, 'utf8').split('\n');
    const granting = lines.filter(
      (line) => line.startsWith('ACL SETUSER') && line.includes('+eval'),
    );
    expect(granting.length).toBeGreaterThan(0);
    for (const line of granting) {
      const rules = line.split(' ');
      expect(called.filter((name) => !rules.includes(`+${name.toLowerCase()}`))).toEqual([]);
    }
  });
});
