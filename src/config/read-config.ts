import { readHttp } from './http/http.js';
import { readLimiter } from './limiter/read-limiter.js';
import { readLogging } from './logging.js';
import type { LoadedConfig } from './settings.js';
import { readStore } from './store/read-store.js';
import { describeUnknownKey } from './table/collect-keys.js';
import { NAME_PATTERN } from './table/fields.js';
import type { ConfigPath } from './table/problem-list.js';
import {
  entriesOf,
  FORBIDDEN_NAME_PROBLEM,
  isForbiddenName,
  type RawTable,
} from './table/raw-table.js';
import { expectTable } from './table/read-table.js';
import type { ReadingContext } from './table/reading-context.js';

const SECTIONS: readonly string[] = ['stores', 'limiters', 'http', 'logging'];

/** Sections of the Python project that have a counterpart here. */
const FOREIGN_SECTIONS: Readonly<Record<string, string>> = {
  fastapi: 'not supported. Write its trusted_proxy_networks as trusted_proxies in [http].',
};

/** What `readConfig` finds in tables; the rest depends on where they come from. */
type ReadConfig = Omit<LoadedConfig, 'source' | 'warnings'>;

/** Reads a whole configuration. Problems are noted in the context, and left out of the result. */
export function readConfig(root: unknown, context: ReadingContext): ReadConfig {
  const table = expectTable(root, [], context);
  if (table === null) return emptyConfig(context);
  reportUnknownSections(table, context);
  const storeTables = readSection(table, 'stores', context);
  const limiterTables = readSection(table, 'limiters', context);
  const storeIds = storeTables.map(({ id }) => id);
  return {
    stores: storeTables.flatMap(({ id, table: store, path }) =>
      presentOnly(readStore(id, store, path, context)),
    ),
    limiters: limiterTables.flatMap(({ id, table: limiter, path }) =>
      presentOnly(readLimiter(id, limiter, path, storeIds, context)),
    ),
    http: readHttp(optionalTable(table, 'http', context), ['http'], context),
    logging: readLogging(optionalTable(table, 'logging', context), ['logging'], context),
  };
}

function emptyConfig(context: ReadingContext): ReadConfig {
  const [http, logging] = [readHttp({}, [], context), readLogging({}, [], context)];
  return { stores: [], limiters: [], http, logging };
}

/** A table that may be left out, because all of its keys have defaults. */
function optionalTable(root: RawTable, name: string, context: ReadingContext): RawTable {
  return root[name] === undefined ? {} : (expectTable(root[name], [name], context) ?? {});
}

interface NamedTable {
  readonly id: string;
  readonly path: ConfigPath;
  readonly table: RawTable;
}

/** The tables within `[stores]` or `[limiters]`. */
function readSection(
  root: RawTable,
  section: 'stores' | 'limiters',
  context: ReadingContext,
): readonly NamedTable[] {
  const { problems, syntax } = context;
  const raw = root[section];
  const table = raw === undefined ? {} : expectTable(raw, [section], context);
  if (table === null) return [];
  const tables: NamedTable[] = [];
  for (const [id, content] of entriesOf(table)) {
    if (problems.isFull) break;
    const path = [section, id];
    const problem = nameProblem(id);
    if (problem !== null) problems.add(path, problem);
    const named = expectTable(content, path, context);
    if (named !== null) tables.push({ id, path, table: named });
  }
  if (entriesOf(table).length === 0) {
    const example = syntax.table(section, section === 'stores' ? 'main' : 'public');
    problems.add([section], `missing; declare at least one, as in ${example}.`);
  }
  return tables;
}

function nameProblem(name: string): string | null {
  if (isForbiddenName(name)) return FORBIDDEN_NAME_PROBLEM;
  if (NAME_PATTERN.test(name)) return null;
  if (name.includes('${')) return 'variables are not expanded in names. Write the name itself.';
  return 'invalid name: begin with a letter or digit, and use at most 64 letters, digits, "_" and "-".';
}

function reportUnknownSections(table: RawTable, { problems }: ReadingContext): void {
  for (const [name, value] of entriesOf(table)) {
    if (SECTIONS.includes(name)) continue;
    const foreign = Object.hasOwn(FOREIGN_SECTIONS, name) ? FOREIGN_SECTIONS[name] : undefined;
    problems.add([name], foreign ?? describeUnknownKey(name, value, SECTIONS));
    if (problems.isFull) return;
  }
}

function presentOnly<Value>(value: Value | null): readonly Value[] {
  return value === null ? [] : [value];
}
