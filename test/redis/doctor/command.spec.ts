import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, type Bundle } from '../../support/http/run-bundled.js';
import { RedisServer } from '../../support/redis/redis-server.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/redis/temporary-folder.js';
import { CANARY, storeOf } from './examine.js';

let program: Bundle;
let server: RedisServer;
let folder: TemporaryFolder;
beforeAll(async () => {
  program = await bundle('src/cli/main.ts');
  server = await RedisServer.start({ password: CANARY });
  folder = await makeTemporaryFolder('doctor-command');
  const path = join(folder.path, 'rate-sync.toml');
  await writeFile(path, storeOf('url = "${REDIS_URL}"\npassword = "${REDIS_PASSWORD}"'));
});
afterAll(() => Promise.all([program.remove(), server.stop(), folder.remove()]));

/** Runs the command in a process of its own, until that ends by itself. */
function run(password: string, ...args: readonly string[]) {
  const env = { REDIS_URL: `redis://127.0.0.1:${String(server.port)}`, REDIS_PASSWORD: password };
  const options = { cwd: folder.path, env, timeout: 30_000 };
  return new Promise<{ code: unknown; out: string; err: string }>((done) => {
    execFile(process.execPath, [program.file, 'doctor', ...args], options, (error, out, err) => {
      expect(out + err).not.toContain(CANARY);
      done({ code: error === null ? 0 : error.code, out, err });
    });
  });
}

describe('rate-sync doctor', () => {
  it('exits with 0 when no check failed, despite warnings', async () => {
    const { code, out, err } = await run(CANARY);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^pass {2}store-reachable \(main\) +127\.0\.0\.1:\d+ is reachable\.$/m);
    expect(out).toMatch(/^warn {2}persistence \(main\) .*\n +→ Set `appendonly yes`/m);
    expect(out).toMatch(/^15 passed, 2 warnings, 0 failed, 0 skipped$/m);
    expect(out).not.toContain('\u001b');
  });

  it('exits with 1 when a check failed, and prints the cause', async () => {
    const { code, out } = await run(`${CANARY}-wrong`);
    expect(code).toBe(1);
    expect(out).toMatch(/^fail {2}store-reachable \(main\) .*WRONGPASS/m);
    expect(out).toMatch(/^skip {2}enforcement \(main\) .*store-reachable failed/m);
  });

  it('prints one object for scripts', async () => {
    const fine = await run(CANARY, '--json');
    expect(fine.code).toBe(0);
    const report = JSON.parse(fine.out) as { checks: unknown[] };
    expect(report).toMatchObject({ pass: 15, warn: 2, fail: 0, skip: 0 });
    expect(report.checks).toContainEqual({
      id: 'store-reachable',
      storeId: 'main',
      result: 'pass',
      detail: `127.0.0.1:${String(server.port)} is reachable.`,
      fix: null,
    });
    const broken = await run(`${CANARY}-wrong`, 'rate-sync.toml', '--json');
    expect(broken.code).toBe(1);
    expect(JSON.parse(broken.out)).toMatchObject({ fail: 1, skip: 13 });
  });

  it('reports an application that does not run', async () => {
    const { code, out } = await run(CANARY, '--url', 'http://127.0.0.1:1');
    expect(code).toBe(1);
    expect(out).toMatch(/^fail {2}url-health +http:\/\/127\.0\.0\.1:1 does not respond/m);
    expect(out).toMatch(/^skip {2}url-limit /m);
  });

  it('exits with 2 when it cannot run', async () => {
    const { code, out, err } = await run(CANARY, '--nonsense');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('rate-sync help doctor');
  });
});
