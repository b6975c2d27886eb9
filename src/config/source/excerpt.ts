import { parse } from 'smol-toml';

/** A position in a text; both count from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** The keys of a configuration, by what an excerpt may show. */
export interface ExcerptKeys {
  /** Keys that may be shown with their values. */
  readonly plain: ReadonlySet<string>;
  /** Keys that may be shown without their values. */
  readonly secret: ReadonlySet<string>;
}

const MAX_LENGTH = 100;
const HEADER = /^[ \t]*\[[[\w.\- \t]*\]*/;
const KEY = /^[ \t]*(?:[\w-]+\.)*([\w-]+)[ \t]*/;
const VALUE = /^=[\w.,"'[\]{}$:+/ \t-]*/;
/** What may begin a secret although the key in front has none. */
const SUSPICIOUS = /:\/|\/\/|pass|pwd|secret|token|url|sentinel/i;

/**
 * The line of a syntax error, and a caret under its column; null when nothing of it may be shown.
 * `…` stands for what is left out: the values of keys that are secret or unknown, and comments.
 *
 * A line within a multi-line value is never shown, because its key is in another line.
 */
export function excerptOf(
  text: string,
  { line, column }: TextPosition,
  keys: ExcerptKeys,
): string | null {
  const lines = text.split('\n');
  const content = lines[line - 1] ?? '';
  if (!isComplete(`${lines.slice(0, line - 1).join('\n')}\n`)) return null;
  const shown = visiblePart(content, keys);
  if (shown === '') return null;
  const rest = shown.length < content.trimEnd().length ? '…' : '';
  const margin = String(line);
  const indent = shown.slice(0, column - 1).replace(/[^\t]/g, ' ');
  const missing = Math.min(column - 1, shown.length) - indent.length;
  return [
    `${margin} | ${shown}${rest}`,
    `${' '.repeat(margin.length)} | ${indent}${' '.repeat(missing)}^`,
  ].join('\n');
}

/** Whether lines are whole statements, so that the next line begins one. */
function isComplete(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

function visiblePart(line: string, { plain, secret }: ExcerptKeys): string {
  const header = HEADER.exec(line)?.[0] ?? '';
  if (header !== '') return header.slice(0, MAX_LENGTH);
  const [before = '', key = ''] = KEY.exec(line) ?? [];
  if (secret.has(key)) return line.startsWith('=', before.length) ? `${before}= ` : before;
  if (!plain.has(key)) return '';
  if (line.includes('@')) return before;
  const value = VALUE.exec(line.slice(before.length))?.[0] ?? '';
  const end = value.search(SUSPICIOUS);
  return `${before}${end === -1 ? value : value.slice(0, end)}`.slice(0, MAX_LENGTH);
}
