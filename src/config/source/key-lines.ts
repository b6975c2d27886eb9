import { parse } from 'smol-toml';
import type { ConfigPath } from '../table/problem-list.js';
import { isTable } from '../table/raw-table.js';

/** The most lines of one statement. */
const MAX_STATEMENT_LINES = 500;
/** The most characters that are parsed again in all; bounds the work on a hostile file. */
const MAX_PARSED_CHARACTERS = 4_000_000;
/** The depth of the deepest key of a configuration. */
const MAX_DEPTH = 5;

/** A key or table, and the line of its header; without one, of its first mention. */
interface KeyNode {
  line: number | null;
  readonly children: Map<string, KeyNode>;
}

/** A key with its value, or the header of a table. */
interface Statement {
  readonly line: number;
  readonly isHeader: boolean;
  readonly content: unknown;
}

/**
 * Finds the lines of keys in a text that is known to be valid TOML. A missing key has the line of
 * its table.
 *
 * The parser returns no positions, so lines are parsed again: the shortest run of lines that it accepts
 * is one statement, because a statement cannot end before its last line. Keys after a statement of
 * more than 500 lines have no line.
 */
export function locateKeys(text: string): (path: ConfigPath) => number | null {
  const root: KeyNode = { line: null, children: new Map() };
  let table: readonly string[] = [];
  for (const { line, isHeader, content } of statementsOf(text)) {
    if (isHeader) table = headerPath(content);
    const node = table.reduce((parent, name) => childOf(parent, name, line), root);
    if (isHeader) node.line = line;
    else addKeys(node, content, line, table.length);
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

function addKeys(node: KeyNode, content: unknown, line: number, depth: number): void {
  if (!isTable(content) || depth >= MAX_DEPTH) return;
  for (const [name, value] of Object.entries(content)) {
    addKeys(childOf(node, name, line), value, line, depth + 1);
  }
}

function childOf(parent: KeyNode, name: string, line: number): KeyNode {
  const known = parent.children.get(name);
  if (known !== undefined) return known;
  const node: KeyNode = { line, children: new Map() };
  parent.children.set(name, node);
  return node;
}

function lineOf(root: KeyNode, path: ConfigPath): number | null {
  let node = root;
  for (const part of path) {
    const child = typeof part === 'string' ? node.children.get(part) : undefined;
    if (child === undefined) break;
    node = child;
  }
  return node.line;
}
