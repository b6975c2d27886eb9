import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CheckId, CheckOutcome, CheckResult } from '../../../src/cli/doctor/check.js';
import { runDoctor, type DoctorOptions } from '../../../src/cli/doctor/run-doctor.js';
import { makeTemporaryFolder } from '../../support/redis/temporary-folder.js';

/** The password of servers and URLs in these tests, which no result may contain. */
export const CANARY = 'canary-5up3r-s3cret';

/** The options of an examination. */
export type ExamineOptions = Partial<
  Pick<DoctorOptions, 'env' | 'application' | 'scopeOf' | 'onCheck'>
>;

/** A limiter without a problem. */
export const PUBLIC = '[limiters.public]\nrate_per_second = 100\ntimeout = 5\n';

/** A configuration with one store, `main`, and timeouts for a busy machine. */
export function storeOf(lines: string, limiters = PUBLIC): string {
  return `[stores.main]\ndecision_timeout = 5\nsocket_connect_timeout = 2\n${lines}\n${limiters}`;
}

/** Writes the configuration to a file and runs every check. No result may hold the canary. */
export async function examine(
  toml: string,
  options: ExamineOptions = {},
): Promise<readonly CheckResult[]> {
  const folder = await makeTemporaryFolder('doctor');
  try {
    const path = join(folder.path, 'rate-sync.toml');
    await writeFile(path, toml);
    const { env = {}, application = null, ...rest } = options;
    const results = await runDoctor({ path, env, cwd: folder.path, application, ...rest });
    expect(JSON.stringify(results)).not.toContain(CANARY);
    return results;
  } finally {
    await folder.remove();
  }
}

/** Expects the outcome of a check, and returns its result. */
export function expectResult(
  results: readonly CheckResult[],
  id: CheckId,
  result: CheckOutcome,
): CheckResult {
  const found = results.find((made) => made.id === id);
  expect(found, JSON.stringify(found)).toMatchObject({ id, result });
  if (found === undefined) throw new Error(`no result of ${id}`);
  if (result === 'fail' || result === 'warn') expect(found.fix, id).toMatch(/\S{2}/);
  return found;
}

/** The checks that did not pass, as `id result`. */
export function notPassed(results: readonly CheckResult[]): readonly string[] {
  return results
    .filter(({ result }) => result !== 'pass')
    .map(({ id, result }) => `${id} ${result}`);
}
