import { withoutControls } from '../terminal.js';
import type { CheckOutcome, CheckResult } from './check.js';

/** Adds colour to a text, or leaves it as it is. */
export type Paint = (text: string, outcome: CheckOutcome) => string;

/** For files, pipes and tests. */
export const PLAIN: Paint = (text) => text;

/** For terminals: green, yellow, red and grey. */
export const COLOURED: Paint = (text, outcome) => {
  const code = { pass: 32, warn: 33, fail: 31, skip: 90 }[outcome];
  return `\u001b[${String(code)}m${text}\u001b[39m`;
};

/** How many checks ended which way. */
export function tally(results: readonly CheckResult[]): Readonly<Record<CheckOutcome, number>> {
  const counts = { pass: 0, warn: 0, fail: 0, skip: 0 };
  for (const { result } of results) counts[result] += 1;
  return counts;
}

/** The results for people: a line for each check, with its fix, and the sum. */
export function describeResults(results: readonly CheckResult[], paint: Paint): string {
  const names = results.map(nameOf);
  const width = Math.max(...names.map((name) => name.length));
  const lines = results.flatMap((result, at) => {
    const name = (names[at] ?? '').padEnd(width);
    const { detail, fix } = result;
    const [first = '', ...more] = detail.split('\n').map(withoutControls);
    const indent = ' '.repeat(width + 8);
    return [
      `${paint(result.result, result.result)}  ${name}  ${first}`,
      ...more.map((line) => `${indent}${line}`),
      ...(fix === null ? [] : [`${indent}→ ${withoutControls(fix)}`]),
    ];
  });
  const { pass, warn, fail, skip } = tally(results);
  const sum = `${String(pass)} passed, ${String(warn)} warnings, ${String(fail)} failed, ${String(skip)} skipped`;
  return [...lines, '', paint(sum, fail > 0 ? 'fail' : warn > 0 ? 'warn' : 'pass')].join('\n');
}

/** The results for scripts: one JSON object on one line. */
export function resultsAsJson(results: readonly CheckResult[]): string {
  return JSON.stringify({ ...tally(results), checks: results });
}

function nameOf({ id, store }: CheckResult): string {
  return store === null ? id : `${id} (${store})`;
}
