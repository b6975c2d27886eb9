import type { LogLevel } from '../config/index.js';

/** Where lines go; Nest's `Logger` is one. A line is an object. */
export interface LogSink {
  debug(line: object): void;
  log(line: object): void;
  warn(line: object): void;
  error(line: object): void;
}

/** Writes a line. Nest calls the level `info` by the name of the method, `log`. */
export function write(sink: LogSink, level: LogLevel, line: object): void {
  if (level === 'off') return;
  if (level === 'info') sink.log(line);
  else sink[level](line);
}

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text in which nothing ends a line, colours it, or turns it round: such characters become `?`. */
export function sanitised(text: string): string {
  return text.replace(UNSEEN, '?');
}
