import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { didYouMean } from '../../core/did-you-mean.js';
import { kindOf } from './coerce.js';
import { listOf } from './describe-value.js';
import type { ConfigPath } from './problem-list.js';
import {
  entriesOf,
  FORBIDDEN_NAME_PROBLEM,
  isForbiddenName,
  isTable,
  type RawTable,
} from './raw-table.js';
import type { ReadingContext } from './reading-context.js';
import { resolveValue, type ResolvedValue } from './resolve-value.js';
import type { CollectedKeys, WrittenKey } from './table-reading.js';
import type { TableSpec } from './table-spec.js';

/**
 * Collects the keys of a table: unknown names and conflicting spellings are noted as problems, and
 * variables are expanded. The values are not validated.
 */
export function collectKeys(
  table: RawTable,
  spec: TableSpec<z.ZodObject>,
  path: ConfigPath,
  context: ReadingContext,
): CollectedKeys {
  const { syntax, problems, warnings } = context;
  const known = knownSpellings(spec, (key) => syntax.spell(key));
  const ignoredKeys = new Map(
    Object.entries(spec.ignored).map(([key, reason]) => [syntax.spell(key), reason]),
  );
  const keys = new KeyCollector();
  for (const [spelling, raw] of entriesOf(table)) {
    if (problems.isFull) break;
    const key = known.get(spelling);
    if (key !== undefined && spec.subtables.includes(key)) continue;
    const ignored = ignoredKeys.get(spelling);
    if (ignored !== undefined) {
      warnings.add([...path, spelling], `has no effect here: ${ignored}`);
      continue;
    }
    const problem =
      key === undefined
        ? describeUnknownKey(spelling, raw, [...known.keys()])
        : keys.collect(key, spelling, resolveValue(raw, kindOf(spec.schema.shape[key]), context));
    if (problem !== null) problems.add([...path, spelling], problem);
  }
  return keys;
}

class KeyCollector implements CollectedKeys {
  readonly written = new Map<string, WrittenKey>();
  readonly emptied = new Set<string>();
  readonly failed = new Set<string>();

  /** Adds a key. Returns the problem that this causes, or null. */
  collect(key: string, spelling: string, resolved: ResolvedValue): string | null {
    if (resolved.kind === 'failed') {
      this.failed.add(key);
      return resolved.problem;
    }
    if (resolved.kind === 'empty') {
      this.emptied.add(key);
      return null;
    }
    const { value, variables } = resolved;
    const earlier = this.written.get(key);
    this.written.set(key, { spelling, value, variables });
    return earlier === undefined || isDeepStrictEqual(earlier.value, value)
      ? null
      : describeConflict(earlier);
  }
}

/** Every spelling of every key, with the key's TOML name. */
function knownSpellings(
  spec: TableSpec<z.ZodObject>,
  spell: (key: string) => string,
): ReadonlyMap<string, string> {
  const keys = [...Object.keys(spec.schema.shape), ...spec.subtables];
  return new Map([
    ...keys.map((key) => [spell(key), key] as const),
    ...Object.entries(spec.aliases).map(([alias, key]) => [spell(alias), key] as const),
  ]);
}

function describeConflict(earlier: WrittenKey): string {
  return `means the same as ${earlier.spelling}, but has another value. Write one of them.`;
}

/** Describes an unknown key, with the nearest known key or else with all of them. */
export function describeUnknownKey(name: string, value: unknown, known: readonly string[]): string {
  if (isForbiddenName(name)) return FORBIDDEN_NAME_PROBLEM;
  const hint = didYouMean(name, known);
  if (hint !== '') return `unknown key.${hint}`;
  const dot = isTable(value) ? ' (A dot in a table name begins a subtable.)' : '';
  return `unknown key. Known: ${listOf(known, 'and')}.${dot}`;
}
