import type { z } from 'zod';
import { collectKeys } from './collect-keys.js';
import { describeKind } from './describe-value.js';
import { explainIssue } from './explain-issue.js';
import type { ConfigPath } from './problem-list.js';
import { isTable, type RawTable } from './raw-table.js';
import type { ReadingContext } from './reading-context.js';
import { type CollectedKeys, TableReading } from './table-reading.js';
import type { TableSpec } from './table-spec.js';

/** The value as a table; null, with a problem noted, when it is none. */
export function expectTable(
  value: unknown,
  path: ConfigPath,
  { problems }: ReadingContext,
): RawTable | null {
  if (isTable(value)) return value;
  problems.add(path, `expected a table, got ${describeKind(value)}.`);
  return null;
}

/** Reads a table by its specification. What is wrong is noted; what is right can be used. */
export function readTable<Schema extends z.ZodObject>(
  table: RawTable,
  spec: TableSpec<Schema>,
  path: ConfigPath,
  context: ReadingContext,
): TableReading<z.output<Schema>> {
  const keys = collectKeys(table, spec, path, context);
  const wrong = findWrong(keys, spec, path, context);
  const right = [...keys.written].filter(([key]) => !wrong.has(key));
  return new TableReading({
    path,
    values: spec.schema.parse(valuesOf(right)),
    keys,
    wrong,
    problems: context.problems,
    spell: (key) => context.syntax.spell(key),
  });
}

/** Notes the first problem of every wrong key, or of every wrong item of its array. */
function findWrong(
  { written }: CollectedKeys,
  spec: TableSpec<z.ZodObject>,
  path: ConfigPath,
  { problems }: ReadingContext,
): ReadonlySet<string> {
  const wrong = new Set<string>();
  const explained = new Set<string>();
  const checked = spec.schema.safeParse(valuesOf([...written]));
  for (const issue of checked.error?.issues ?? []) {
    const key = String(issue.path[0]);
    const entry = written.get(key);
    if (entry === undefined) continue;
    wrong.add(key);
    const { value, variables, spelling } = entry;
    const secret = spec.secrets.includes(key);
    const { index, message } = explainIssue(issue, { value, variables, secret });
    const place = index === null || variables.length > 0 ? [spelling] : [spelling, index];
    if (explained.has(place.join('\n'))) continue;
    explained.add(place.join('\n'));
    const advice = spec.adviceFor?.(key, value) ?? null;
    problems.add([...path, ...place], advice === null ? message : `${message} ${advice}`);
  }
  return wrong;
}

function valuesOf(entries: readonly (readonly [string, { readonly value: unknown }])[]) {
  return Object.fromEntries(entries.map(([key, { value }]) => [key, value]));
}
