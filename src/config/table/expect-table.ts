import { describeKind } from './describe-value.js';
import type { ConfigPath } from './problem-list.js';
import { isTable, type RawTable } from './raw-table.js';
import type { ReadingContext } from './reading-context.js';

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
