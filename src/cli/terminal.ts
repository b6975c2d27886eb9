import { stripVTControlCharacters, styleText } from 'node:util';
import { sanitised } from '../core/sanitised.js';

/** A stream that text goes to. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** How text may look. */
export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

/** After this time people wonder what is going on. */
const PATIENCE_MS = 1_000;

/** Foreign text without escape sequences; what remains of control characters becomes `?`. */
export function withoutControls(text: string): string {
  return sanitised(stripVTControlCharacters(text));
}

/** Where a command writes, and whether anybody watches. */
export class Terminal {
  readonly #out: Output;
  readonly #err: Output;
  /** Whether the result is read on a terminal that shows colours. */
  readonly hasColours: boolean;

  constructor(out: Output, err: Output, env: Readonly<Record<string, string | undefined>>) {
    this.#out = out;
    this.#err = err;
    this.hasColours = out.isTTY === true && (env['NO_COLOR'] ?? '') === '';
  }

  /** Whether somebody is there to answer. */
  get canAsk(): boolean {
    return this.#err.isTTY === true && process.stdin.isTTY;
  }

  /** A line of the result. */
  print(line = ''): void {
    this.#out.write(`${line}\n`);
  }

  /** A line beside the result. */
  note(line: string): void {
    this.#err.write(`${line}\n`);
  }

  /** Colours text, on a terminal only. */
  paint(style: Style, text: string): string {
    return this.hasColours ? styleText(style, text) : text;
  }

  /**
   * Tells what is done, on a terminal, when it takes longer than a second. The work may `tell` what
   * it is at, in place of the words that it began with.
   */
  async during<T>(what: string, work: (tell: (what: string) => void) => Promise<T>): Promise<T> {
    if (this.#err.isTTY !== true) return work(() => undefined);
    let [current, isShown] = [what, false];
    const show = (): void => {
      isShown = true;
      this.#err.write(`\r\u001b[2K${withoutControls(current)} …`);
    };
    const timer = setTimeout(show, PATIENCE_MS);
    try {
      return await work((now) => {
        current = now;
        if (isShown) show();
      });
    } finally {
      clearTimeout(timer);
      this.#err.write('\r\u001b[2K');
    }
  }
}

/** Rows under a head, in columns as wide as what is in them. */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
