import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { breachesOf, type DeclaredPackages } from './floors.js';
import { sources } from './sources.js';

function declaredBy({ dependencies, peerDependencies }: typeof manifest): DeclaredPackages {
  return {
    dependencies: Object.keys(dependencies),
    peerDependencies: Object.keys(peerDependencies),
  };
}

describe('the house', () => {
  it('keeps its floors', () => {
    const files = sources('src');
    expect(files.length).toBeGreaterThan(0);
    expect(breachesOf(files, declaredBy(manifest))).toEqual([]);
  });
});

describe('the check of the floors', () => {
  const check = (path: string, text: string, declared: Partial<DeclaredPackages> = {}): string[] =>
    breachesOf([{ path, text }], { dependencies: [], peerDependencies: [], ...declared });

  it.each([
    ['its own folder', 'core/a.ts', "import { b } from './b.js';"],
    ['a lower floor', 'nest/a.ts', "import { b } from '../core/b.js';"],
    [
      'a lower floor, two folders down',
      'stores/redis/a.ts',
      "import { b } from '../../core/b.js';",
    ],
    ['Nest, from testing', 'testing/a.ts', "import { b } from '../nest/b.js';"],
    ['everything, from the index', 'index.ts', "export * from './testing/index.js';"],
    ['node:crypto, from identifiers', 'identifiers/a.ts', "import { hash } from 'node:crypto';"],
    ['Node.js, from the stores', 'stores/redis/a.ts', "import { readFileSync } from 'node:fs';"],
    ['anything, from a spec', 'core/a.spec.ts', "import { b } from '../nest/b.js';"],
  ])('lets a file import from %s', (_, path, text) => {
    expect(check(path, text)).toEqual([]);
  });

  it.each([
    ['algorithms/a.ts', "import { b } from '../limiter/b.js';", 'from a higher floor'],
    ['core/a.ts', "import { b } from '../index.js';", 'from a higher floor'],
    ['nest/a.ts', "import { b } from '../testing/index.js';", 'from a higher floor'],
    ['algorithms/a.ts', "import { b } from '../resilience/b.js';", 'from a sibling'],
    ['stores/memory/a.ts', "import { b } from '../redis/b.js';", 'from a sibling'],
    ['limiter/a.ts', "import { b } from '../stores/memory/b.js';", 'limiter sees ports'],
    ['nest/a.ts', "import { b } from '../extras/b.js';", 'from a higher floor'],
    ['nest/a.ts', "import { b } from '../../test/b.js';", 'leaves src'],
  ])('sees that %s has %s', (path, text, breach) => {
    const [found, ...others] = check(path, text);
    expect(found).toMatch(new RegExp(`^${path}: imports .*: .*${breach}`));
    expect(others).toEqual([]);
  });

  it.each([
    ["import type { B } from '../limiter/b.js';"],
    ["export * from '../limiter/b.js';"],
    ["export { b } from '../limiter/b.js';"],
    ["import '../limiter/b.js';"],
    ["const b = await import('../limiter/b.js');"],
    ["const b = require('../limiter/b.js');"],
    ["import b = require('../limiter/b.js');"],
    ["type B = import('../limiter/b.js').B;"],
  ])('reads %s', (text) => {
    expect(check('core/a.ts', text)).toHaveLength(1);
  });

  it.each([
    ['core/a.ts', 'zod', 'core imports no packages'],
    ['core/a.ts', 'node:crypto', 'core imports no packages'],
    ['core/a.ts', 'node:fs', 'core imports no packages'],
    ['algorithms/a.ts', 'node:crypto', 'algorithms imports no packages'],
    ['resilience/a.ts', 'cockatiel', 'resilience imports no packages'],
    ['limiter/a.ts', 'ioredis', 'only stores/redis may'],
    ['runtime/a.ts', '@nestjs/common', 'only nest and testing may'],
    ['observability/a.ts', '@nestjs/common/interfaces', 'only nest and testing may'],
    ['config/a.ts', 'left-pad', 'neither in dependencies nor in peerDependencies'],
    ['config/a.ts', 'fs', 'neither in dependencies nor in peerDependencies'],
  ])('lets %s not import %s', (path, specifier, breach) => {
    const peerDependencies = ['zod', 'cockatiel', 'ioredis', '@nestjs/common'];
    expect(check(path, `import '${specifier}';`, { peerDependencies })).toEqual([
      `${path}: imports ${specifier}: ${breach}`,
    ]);
  });

  it('finds a dependency that nothing imports', () => {
    const text = "import { z } from 'zod/mini';";
    expect(check('config/a.ts', text, { dependencies: ['zod', 'smol-toml'] })).toEqual([
      'package.json: nothing in src imports the dependency smol-toml',
    ]);
  });

  it('counts an import in a spec as none', () => {
    expect(check('config/a.spec.ts', "import 'zod';", { dependencies: ['zod'] })).toHaveLength(1);
  });

  it.each([
    ['export default class A {}'],
    ['export default 1;'],
    ['const a = 1; export { a as default };'],
    ["export { default } from './b.js';"],
  ])('finds the default export in %s', (text) => {
    expect(check('core/a.ts', text)).toEqual(['core/a.ts: default export; named exports only']);
  });

  it('finds process.exit', () => {
    expect(check('cli/a.ts', 'const end = (): never => process.exit(1);')).toEqual([
      'cli/a.ts: process.exit; set process.exitCode or throw',
    ]);
  });

  it('finds a file that is too long', () => {
    expect(check('core/a.ts', '// line\n'.repeat(250))).toEqual([]);
    expect(check('core/a.ts', '// line\n'.repeat(251))).toEqual([
      'core/a.ts: 251 lines, more than 250',
    ]);
  });

  it.each(['utils', 'common', 'helpers', 'types'])('finds the folder %s', (folder) => {
    expect(check(`core/${folder}/a.ts`, '')).toEqual([
      `core/${folder}/a.ts: a folder called "${folder}" says nothing of what is in it`,
    ]);
  });

  it('finds a file on no floor', () => {
    expect(check('extras/a.ts', '')).toEqual(['extras/a.ts: is in no folder that has a floor']);
    expect(check('stray.ts', '')).toHaveLength(1);
  });
});
