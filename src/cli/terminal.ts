import type { Environment } from '../config/index.js';
import { stripVTControlCharacters, styleText } from 'node:util';
import { sanitised } from '../core/sanitised.js';

/** A stream for text. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** The meaning of a colour. The text has the same meaning without it. */
export type Style = 'good' | 'caution' | 'broken' | 'muted';

/** Blue and yellow differ also for colour-blind eyes. */
const COLOURS = { good: 'blueBright', caution: 'yellow', broken: 'red', muted: 'gray' } as const;

/** Progress is shown after this time. */
const PROGRESS_AFTER_MS = 1_000;

/** Foreign text without escape sequences; a tab becomes a space, other control characters `?`. */
export function withoutControls(text: string): string {
  return sanitised(stripVTControlCharacters(text).replaceAll('\t', ' '));
}

/** The output of a command, on a terminal or not. */
export class Terminal {
  readonly #out: Output;
  readonly #err: Output;
  /** Whether the result is printed on a terminal with colours. */
  readonly hasColours: boolean;

  constructor(out: Output, err: Output, env: Environment) {
    this.#out = out;
    this.#err = err;
    this.hasColours = out.isTTY === true && (env['NO_COLOR'] ?? '') === '';
  }

  /** Whether a user can reply to a prompt. */
  get isInteractive(): boolean {
    return this.#err.isTTY === true && process.stdin.isTTY;
  }

  /** Prints a line of the result. */
  print(line = ''): void {
    this.#out.write(`${line}\n`);
  }

  /** Prints a line that is not part of the result. */
  note(line: string): void {
    this.#err.write(`${line}\n`);
  }

  /** Colours text, on a terminal only. */
  paint(style: Style, text: string): string {
    return this.hasColours ? styleText(COLOURS[style], text, { validateStream: false }) : text;
  }

  /**
   * Shows progress on a terminal when the work takes longer than a second. The work may `report` its
   * current step, which replaces `what`.
   */
  async during<T>(what: string, work: (report: (step: string) => void) => Promise<T>): Promise<T> {
    if (this.#err.isTTY !== true) return work(() => undefined);
    let [current, isShown] = [what, false];
    const show = (): void => {
      isShown = true;
      this.#err.write(`\r\u001b[2K${withoutControls(current)} …`);
    };
    const timer = setTimeout(show, PROGRESS_AFTER_MS);
    try {
      return await work((step) => {
        current = step;
        if (isShown) show();
      });
    } finally {
      clearTimeout(timer);
      this.#err.write('\r\u001b[2K');
    }
  }
}

/** Rows under a head, in columns that fit their cells. */
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
