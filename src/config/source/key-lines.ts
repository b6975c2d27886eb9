import { parse } from 'smol-toml';
import type { ConfigPath } from '../table/problem-list.js';
import { isTable } from '../table/raw-table.js';

/** The most lines that a statement is looked for in. */
const MAX_STATEMENT_LINES = 500;
/** The most characters that are parsed again in all; bounds the work on a hostile file. */
const MAX_PARSED_CHARACTERS = 4_000_000;
/** No key of a configuration lies deeper. */
const MAX_DEPTH = 5;

/** A key or table, and the line of its header; without one, of its first mention. */
interface Place {
  line: number | null;
  readonly children: Map<string, Place>;
}

/** A key with its value, or the header of a table. */
interface Statement {
  readonly line: number;
  readonly isHeader: boolean;
  readonly content: unknown;
}

/**
 * Finds the lines of keys in a text that is known to be valid TOML. A key that is not there has the
 * line of its table.
 *
 * The parser gives no positions, so it is asked again: the shortest run of lines that it accepts is
 * one statement, because a statement cannot end before its last line. Whatever comes after a
 * statement of more than 500 lines stays without a line.
 */
export function locateKeys(text: string): (path: ConfigPath) => number | null {
  const root: Place = { line: null, children: new Map() };
  let table: readonly string[] = [];
  for (const { line, isHeader, content } of statementsOf(text)) {
    if (isHeader) table = headerPath(content);
    const place = table.reduce((parent, name) => placeWithin(parent, name, line), root);
    if (isHeader) place.line = line;
    else register(place, content, line, table.length);
  }
  return (path) => lineOf(root, path);
}

function* statementsOf(text: string): Generator<Statement> {
  const lines = text.split('\n');
  let parsedCharacters = 0;
  let start = 0;
  while (start < lines.length) {
    let chunk = '';
    let content: unknown = null;
    let next = start;
    while (content === null) {
      if (next === lines.length || next - start === MAX_STATEMENT_LINES) return;
      chunk += `${lines[next] ?? ''}\n`;
      next += 1;
      parsedCharacters += chunk.length;
      if (parsedCharacters > MAX_PARSED_CHARACTERS) return;
      content = tryParse(chunk);
    }
    yield { line: start + 1, isHeader: /^\s*\[/.test(chunk), content };
    start = next;
  }
}

function tryParse(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

/** The names in a header, which alone parses to tables of one key each. */
function headerPath(content: unknown): readonly string[] {
  const path: string[] = [];
  let within = content;
  while (isTable(within) && path.length < MAX_DEPTH) {
    const [name] = Object.keys(within);
    if (name === undefined) break;
    path.push(name);
    const value = within[name];
    within = Array.isArray(value) ? value[0] : value;
  }
  return path;
}

function register(place: Place, content: unknown, line: number, depth: number): void {
  if (!isTable(content) || depth >= MAX_DEPTH) return;
  for (const [name, value] of Object.entries(content)) {
    register(placeWithin(place, name, line), value, line, depth + 1);
  }
}

function placeWithin(parent: Place, name: string, line: number): Place {
  const known = parent.children.get(name);
  if (known !== undefined) return known;
  const place: Place = { line, children: new Map() };
  parent.children.set(name, place);
  return place;
}

function lineOf(root: Place, path: ConfigPath): number | null {
  let place = root;
  for (const part of path) {
    const child = typeof part === 'string' ? place.children.get(part) : undefined;
    if (child === undefined) break;
    place = child;
  }
  return place.line;
}
