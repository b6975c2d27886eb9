import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decisionScript } from '../../src/stores/redis/lua/script.js';

const files = readdirSync('src', { recursive: true, encoding: 'utf8' });

it('B4: nothing but the command looks for a file beside its own, which a bundle leaves behind', () => {
  const lookers = files
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
    .filter((path) =>
      /import\.meta|__dirname|__filename/.test(readFileSync(join('src', path), 'utf8')),
    );
  expect(lookers.map((path) => path.split('/')[0])).toEqual(['cli']);
});

it('B4: the script holds every line of the Lua files, as they are now', () => {
  const { source } = decisionScript();
  const lines = files
    .filter((path) => path.endsWith('.lua'))
    .flatMap((path) => readFileSync(join('src', path), 'utf8').split('\n'))
    .filter((line) => !/^\s*(--.*)?$/.test(line));
  expect(source.trimEnd().split('\n').toSorted()).toEqual(lines.toSorted());
});
