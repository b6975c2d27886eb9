import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckResult } from '../../src/cli/doctor/check.js';
import { systemClock } from '../../src/core/clock.js';
import { DecisionLog } from '../../src/observability/decision-log.js';
import { createRateSync } from '../../src/runtime/create-rate-sync.js';
import { makeTemporaryFolder } from '../support/redis/temporary-folder.js';
import { examine, storeOf } from './doctor/examine.js';

/** What users see of an unusable store: at the start, in the log, in `doctor`. */
export interface CauseReport {
  /** What `check` rejected with; null when the start succeeded. */
  readonly start: Error | null;
  /** The `rate_limit_error` of the log. */
  readonly line: string;
  readonly doctor: readonly CheckResult[];
}

/** Starts with a store that has these lines in its table. */
export async function reportOf(lines: string): Promise<CauseReport> {
  const toml = storeOf(lines);
  const { start, line } = await startedWith(toml);
  return { start, line, doctor: await examine(toml) };
}

async function startedWith(toml: string): Promise<Pick<CauseReport, 'start' | 'line'>> {
  const folder = await makeTemporaryFolder('causes');
  const path = join(folder.path, 'rate-sync.toml');
  await writeFile(path, toml);
  const errors: string[] = [];
  const note = (entry: unknown): void => {
    const { error } = entry as { readonly error?: string };
    if (error !== undefined) errors.push(error);
  };
  const rateSync = await createRateSync({ config: path, env: {} });
  const sink = { log: note, warn: note, error: note, debug: note };
  rateSync.observe(new DecisionLog(rateSync.logging, sink, systemClock));
  try {
    const start = await rateSync.check().then(
      () => null,
      (error: unknown) => error as Error,
    );
    await rateSync.limiters.get('public').consume('ada');
    return { start, line: errors.join('\n') };
  } finally {
    await rateSync.close();
    await folder.remove();
  }
}
