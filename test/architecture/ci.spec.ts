import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };

interface Step {
  readonly run?: string;
}

interface Matrix {
  readonly include: readonly Readonly<Record<string, string | number>>[];
}

interface Job {
  readonly steps: readonly Step[];
  readonly strategy?: { readonly matrix: Matrix };
}

interface Workflow {
  readonly jobs: { readonly check: Job; readonly test: Job };
}

const workflow = parse(readFileSync('.github/workflows/ci.yml', 'utf8')) as Workflow;
const commands = Object.values(workflow.jobs)
  .flatMap(({ steps }) => steps)
  .flatMap(({ run = '' }) => run.split('\n'))
  .filter((line) => line !== '');
const combinations = workflow.jobs.test.strategy?.matrix.include ?? [];

describe('the workflow of the continuous integration', () => {
  it('runs the commands of CONTRIBUTING.md', () => {
    expect(commands).toEqual(expect.arrayContaining(['npm ci', 'npm run check', 'npm test']));
    const contributing = readFileSync('CONTRIBUTING.md', 'utf8');
    expect(contributing).toContain('npm ci && npm test');
    expect(contributing).toContain('npm run check');
  });

  it('runs npm scripts and files that exist', () => {
    const scripts = commands.flatMap((line) => /^npm (?:run )?(?!ci\b)(\S+)/.exec(line)?.[1] ?? []);
    expect(scripts.filter((name) => !(name in manifest.scripts))).toEqual([]);
    const files = commands.flatMap((line) => /^node (\S+)/.exec(line)?.[1] ?? []);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    expect([scripts.length, files.length]).toEqual([2, 1]);
  });

  it.each([
    ['node', [20, 22, 24]],
    ['nest', [11, 12]],
    ['server', ['redis-7', 'redis-8', 'valkey-8']],
    ['ioredis', [5, 6]],
  ])('covers every supported version of %s', (axis, versions) => {
    expect([...new Set(combinations.map((combination) => combination[axis]))].sort()).toEqual(
      versions,
    );
  });

  it('meets every version of Node with both versions of Nest', () => {
    const pairs = new Set(combinations.map(({ node, nest }) => `${String(node)} ${String(nest)}`));
    expect(pairs.size).toBe(6);
  });
});
