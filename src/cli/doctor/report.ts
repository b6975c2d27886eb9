import { counted } from '../describe.js';
import { withoutControls, type Style, type Terminal } from '../terminal.js';
import type { CheckOutcome, CheckResult } from './check.js';

const STYLES: Readonly<Record<CheckOutcome, Style>> = {
  pass: 'good',
  warn: 'caution',
  fail: 'broken',
  skip: 'muted',
};

/** The number of checks with each outcome. */
export function tally(results: readonly CheckResult[]): Readonly<Record<CheckOutcome, number>> {
  const counts = { pass: 0, warn: 0, fail: 0, skip: 0 };
  for (const { result } of results) counts[result] += 1;
  return counts;
}

/** Prints a line for each check, with its fix, and the number of each outcome. */
export function printResults(
  results: readonly CheckResult[],
  terminal: Pick<Terminal, 'print' | 'paint'>,
): void {
  const names = results.map(nameOf);
  const width = Math.max(...names.map((name) => name.length));
  const indent = ' '.repeat(width + 8);
  for (const [index, { result, detail, fix }] of results.entries()) {
    const name = (names[index] ?? '').padEnd(width);
    const [first = '', ...more] = detail.split('\n').map(withoutControls);
    terminal.print(`${terminal.paint(STYLES[result], result)}  ${name}  ${first}`);
    for (const line of more) terminal.print(`${indent}${line}`);
    if (fix !== null) terminal.print(`${indent}→ ${withoutControls(fix)}`);
  }
  terminal.print();
  terminal.print(totals(results, terminal));
}

/** `12 passed, 1 warning, 0 failed, 0 skipped`. */
function totals(results: readonly CheckResult[], terminal: Pick<Terminal, 'paint'>): string {
  const { pass, warn, fail, skip } = tally(results);
  const parts: readonly (readonly [CheckOutcome, number, string])[] = [
    ['pass', pass, `${String(pass)} passed`],
    ['warn', warn, counted(warn, 'warning')],
    ['fail', fail, `${String(fail)} failed`],
    ['skip', skip, `${String(skip)} skipped`],
  ];
  return parts
    .map(([outcome, count, text]) => (count === 0 ? text : terminal.paint(STYLES[outcome], text)))
    .join(', ');
}

/** The results for scripts: one JSON object on one line. */
export function resultsAsJson(results: readonly CheckResult[]): string {
  return JSON.stringify({ ...tally(results), checks: results });
}

function nameOf({ id, storeId }: CheckResult): string {
  return storeId === null ? id : `${id} (${storeId})`;
}
