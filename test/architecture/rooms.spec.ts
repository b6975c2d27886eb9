import { describe, expect, it } from 'vitest';
import { oversized } from './measures.js';
import type { SourceFile } from './modules.js';
import { circlesIn, roomBreaches } from './rooms.js';
import { sources } from './sources.js';

describe('the library', () => {
  const files = sources('src');

  it('keeps the order of its rooms', () => {
    expect(roomBreaches(files)).toEqual([]);
  });

  it('has no circle of imports, of types neither', () => {
    expect(circlesIn(files)).toEqual([]);
  });

  it('has short functions, narrow folders and short files', () => {
    expect(oversized(files)).toEqual([]);
  });
});

describe('the check of the rooms', () => {
  const check = (path: string, specifier: string): string[] =>
    roomBreaches([{ path, text: `import type { B } from '${specifier}';` }]);

  it.each([
    ['stores/redis/protocol/a.ts', './b.js'],
    ['stores/redis/protocol/a.ts', '../lua/b.js'],
    ['stores/redis/topology/a.ts', '../connection/b.js'],
    ['stores/redis/lua/a.ts', '../settings.js'],
    ['stores/redis/redis-store.ts', './topology/b.js'],
    ['config/source/a.ts', '../table/b.js'],
    ['config/http/a.ts', '../../core/b.js'],
    ['config/http/a.ts', 'zod'],
  ])('lets %s import %s', (path, specifier) => {
    expect(check(path, specifier)).toEqual([]);
  });

  it.each([
    ['stores/redis/lua/a.ts', '../protocol/b.js', 'stores/redis/protocol/b.ts'],
    ['stores/redis/connection/a.ts', '../batching/b.js', 'stores/redis/batching/b.ts'],
    ['stores/redis/protocol/a.ts', '../connection/b.js', 'stores/redis/connection/b.ts'],
    ['config/table/a.ts', '../source/b.js', 'config/source/b.ts'],
    ['config/http/a.ts', '../limiter/b.js', 'config/limiter/b.ts'],
    ['config/extras/a.ts', '../table/b.js', 'config/table/b.ts'],
  ])('finds that %s imports %s', (path, specifier, target) => {
    expect(check(path, specifier)).toEqual([
      `${path}: imports ${target}, which is in no room below`,
    ]);
  });
});

describe('the check for circles', () => {
  const file = (path: string, ...imports: readonly string[]): SourceFile => ({
    path,
    text: imports.map((specifier) => `import type { B } from './${specifier}.js';`).join('\n'),
  });

  it('finds each circle once, with all that is in it', () => {
    const files = [
      file('a.ts', 'b'),
      file('b.ts', 'c', 'd'),
      file('c.ts', 'a'),
      file('d.ts'),
      file('e.ts', 'f'),
      file('f.ts', 'e', 'a'),
    ];
    expect(circlesIn(files)).toEqual(['a.ts ↔ b.ts ↔ c.ts', 'e.ts ↔ f.ts']);
  });

  it('finds none in a tree', () => {
    expect(circlesIn([file('a.ts', 'b', 'c'), file('b.ts', 'c'), file('c.ts')])).toEqual([]);
  });
});

describe('the check of sizes', () => {
  it('finds a function of more than 40 lines', () => {
    const text = (lines: number): string => `const f = () => {\n${'g();\n'.repeat(lines - 2)}};\n`;
    expect(oversized([{ path: 'core/a.ts', text: text(40) }])).toEqual([]);
    expect(oversized([{ path: 'core/a.ts', text: text(41) }])).toEqual([
      'core/a.ts:1: a function of 41 lines',
    ]);
  });

  it('finds a folder of more than 15 files', () => {
    const files = Array.from({ length: 16 }, (_, index) => ({
      path: `core/file-${String(index)}.ts`,
      text: '',
    }));
    expect(oversized(files.slice(1))).toEqual([]);
    expect(oversized(files)).toEqual(['core: 16 files']);
  });

  it('finds that half of the files are long', () => {
    const file = (path: string, lines: number): SourceFile => ({ path, text: '\n'.repeat(lines) });
    expect(oversized([file('core/a.ts', 71), file('core/b.ts', 70), file('core/c.ts', 1)])).toEqual(
      [],
    );
    expect(oversized([file('core/a.ts', 71), file('core/b.ts', 71), file('core/c.ts', 1)])).toEqual(
      ['the median of the files is 71 lines'],
    );
  });
});
