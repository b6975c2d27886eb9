import type { ScriptRunner } from './script-runner.js';

/**
 * How long the server worked for a call of the script, in microseconds: the median over several
 * runs, by the server's own slow log, so that a busy machine does not decide it.
 */
export async function serverTimeOf(
  script: ScriptRunner,
  runs: number,
  call: (run: number) => Promise<unknown>,
): Promise<number> {
  await script.command('CONFIG', 'SET', 'slowlog-log-slower-than', 0, 'slowlog-max-len', 4_096);
  await script.command('SLOWLOG', 'RESET');
  for (let run = 0; run < runs; run++) await call(run);
  const entries = (await script.command('SLOWLOG', 'GET', -1)) as readonly (readonly unknown[])[];
  await script.command('CONFIG', 'SET', 'slowlog-log-slower-than', -1);
  const times = entries
    .filter(([, , , words]) => String((words as readonly unknown[])[0]).startsWith('EVALSHA'))
    .map(([, , microseconds]) => Number(microseconds))
    .sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? Number.NaN;
}
