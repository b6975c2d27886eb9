import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';

/** One line of the log. */
export interface LogLine {
  readonly level: 'log' | 'warn' | 'error';
  /** What was logged, as it would be printed. */
  readonly text: string;
  /** What was logged, as it is. */
  readonly message: unknown;
}

/** A logger that keeps what it is told, for tests to read. */
export class RecordedLog implements LoggerService {
  readonly #lines: LogLine[] = [];

  /** Everything that was logged, oldest first. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** Everything that was logged, as one text. */
  get text(): string {
    return this.#lines.map((line) => line.text).join('\n');
  }

  /** The lines that contain a text. */
  having(text: string): readonly LogLine[] {
    return this.#lines.filter((line) => line.text.includes(text));
  }

  log(...message: readonly unknown[]): void {
    this.#keep('log', message);
  }

  warn(...message: readonly unknown[]): void {
    this.#keep('warn', message);
  }

  error(...message: readonly unknown[]): void {
    this.#keep('error', message);
  }

  #keep(level: LogLine['level'], message: readonly unknown[]): void {
    const text = message
      .map((part) => (typeof part === 'string' ? part : inspect(part, { depth: 10 })))
      .join(' ');
    this.#lines.push({ level, text, message: message[0] });
  }
}
