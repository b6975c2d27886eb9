import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckId, CheckResult } from './check.js';
import { runDoctor } from './run-doctor.js';

const SECRET = 'canary-5up3r-s3cret';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rate-sync-doctor-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(
  toml: string,
  env: Record<string, string> = {},
): Promise<readonly CheckResult[]> {
  const path = join(folder, 'rate-sync.toml');
  await writeFile(path, toml);
  const results = await runDoctor({ path, env, cwd: folder, application: null });
  expect(JSON.stringify(results)).not.toContain(SECRET);
  return results;
}

const of = (results: readonly CheckResult[], id: CheckId) => results.find((made) => made.id === id);

const MEMORY = '[stores.main]\nstrategy = "memory"\n';
const LIMITER = '[limiters.public]\nrate_per_second = 1\n';

describe('config', () => {
  it('passes for a configuration that loads', async () => {
    expect(of(await run(MEMORY + LIMITER), 'config')).toMatchObject({
      result: 'pass',
      storeId: null,
    });
  });

  it('fails with every problem, and skips the rest', async () => {
    const password = `password = "${SECRET}"\n`;
    const results = await run(
      `[stores.main]\nurl = "redis://h"\n${password}prot = 1\n${LIMITER}brst = 2\n`,
    );
    const config = of(results, 'config');
    expect(config).toMatchObject({ result: 'fail' });
    expect(config?.detail).toContain('stores.main.prot');
    expect(config?.detail).toContain('limiters.public.brst');
    expect(of(results, 'variables')).toMatchObject({ result: 'pass' });
    expect(results.slice(2).map(({ result }) => result)).toEqual(new Array(15).fill('skip'));
  });

  it('fails when there is no file', async () => {
    const options = { path: 'nowhere.toml', env: {}, cwd: folder, application: null };
    const results = await runDoctor(options);
    expect(of(results, 'config')).toMatchObject({ result: 'fail' });
    expect(of(results, 'variables')).toMatchObject({ result: 'skip' });
  });
});

describe('variables', () => {
  const named = `[stores.main]\nurl = "redis://:\${PASS}@\${HOST}:\${PORT:-6379}"\n${LIMITER}`;

  it('names every variable that is not set, and none that is', async () => {
    const variables = of(await run(`# \${COMMENT}\n${named}`, { PASS: SECRET }), 'variables');
    expect(variables).toMatchObject({ result: 'fail', detail: 'not set: HOST.' });
    expect(variables?.fix).toContain('HOST');
  });

  it('passes when all are set or have a default', async () => {
    const results = await run(`${MEMORY}max_keys = "\${KEYS:-10}"\n${LIMITER}`);
    expect(of(results, 'variables')).toMatchObject({
      result: 'pass',
      detail: 'set: KEYS (by its default).',
    });
  });
});

describe('a memory store', () => {
  it('C10: is one warning, without a line for each check that needs a server', async () => {
    const results = (await run(MEMORY + LIMITER)).filter(({ storeId }) => storeId === 'main');
    expect(results).toMatchObject([{ id: 'store-reachable', result: 'warn' }]);
  });
});
