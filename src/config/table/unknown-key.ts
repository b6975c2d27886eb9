import { didYouMean } from '../../core/did-you-mean.js';
import { listOf } from './describe-value.js';
import { FORBIDDEN_NAME_PROBLEM, isForbiddenName, isTable } from './raw-table.js';

/** Says that a key is unknown: with the nearest known one, or else with all of them. */
export function describeUnknownKey(name: string, value: unknown, known: readonly string[]): string {
  if (isForbiddenName(name)) return FORBIDDEN_NAME_PROBLEM;
  const hint = didYouMean(name, known);
  if (hint !== '') return `unknown key.${hint}`;
  const dot = isTable(value) ? ' (A dot in a table name begins a table within the table.)' : '';
  return `unknown key. Known: ${listOf(known, 'and')}.${dot}`;
}
