import type { z } from 'zod';
import { collectKeys } from './collect-keys.js';
import { describeKind } from './describe-value.js';
import { explainIssue } from './explain-issue.js';
import type { ConfigPath } from './problem-list.js';
import { isTable, type RawTable } from './raw-table.js';
import type { ReadingContext } from './reading-context.js';
import { TableReading, type CollectedKeys } from './table-reading.js';
import type { TableSpec } from './table-spec.js';

/** The value as a table; null, with a problem noted, when it is not a table. */
export function expectTable(
  value: unknown,
  path: ConfigPath,
  { problems }: ReadingContext,
): RawTable | null {
  if (isTable(value)) return value;
  problems.add(path, `expected a table, got ${describeKind(value)}.`);
  return null;
}

/** Reads a table by its specification. Problems are noted; valid values can be used. */
export function readTable<Schema extends z.ZodObject>(
  table: RawTable,
  spec: TableSpec<Schema>,
  path: ConfigPath,
  context: ReadingContext,
): TableReading<z.output<Schema>> {
  const keys = collectKeys(table, spec, path, context);
  const invalid = findInvalid(keys, spec, path, context);
  const valid = [...keys.written].filter(([key]) => !invalid.has(key));
  return new TableReading({
    path,
    values: spec.schema.parse(valuesOf(valid)),
    keys,
    invalid,
    problems: context.problems,
    spell: (key) => context.syntax.spell(key),
  });
}

/** Notes the first problem of every invalid key, or of every invalid item of its array. */
function findInvalid(
  { written }: CollectedKeys,
  spec: TableSpec<z.ZodObject>,
  path: ConfigPath,
  { problems }: ReadingContext,
): ReadonlySet<string> {
  const invalid = new Set<string>();
  const explained = new Set<string>();
  const checked = spec.schema.safeParse(valuesOf([...written]));
  for (const issue of checked.error?.issues ?? []) {
    const key = String(issue.path[0]);
    const entry = written.get(key);
    if (entry === undefined) continue;
    invalid.add(key);
    const { value, variables, spelling } = entry;
    const secret = spec.secrets.includes(key);
    const { index, message } = explainIssue(issue, { value, variables, secret });
    const location = index === null || variables.length > 0 ? [spelling] : [spelling, index];
    if (explained.has(location.join('\n'))) continue;
    explained.add(location.join('\n'));
    const advice = spec.adviceFor?.(key, value) ?? null;
    problems.add([...path, ...location], advice === null ? message : `${message} ${advice}`);
  }
  return invalid;
}

function valuesOf(entries: readonly (readonly [string, { readonly value: unknown }])[]) {
  return Object.fromEntries(entries.map(([key, { value }]) => [key, value]));
}
