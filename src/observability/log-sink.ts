import type { LogLevel } from '../config/index.js';
import { LogLine, type LogFields } from './log-line.js';

/** Where log lines go; Nest's `Logger` is one. A line is an object. */
export interface LogSink {
  debug(line: object): void;
  log(line: object): void;
  warn(line: object): void;
  error(line: object): void;
}

/** Writes a line. Nest's method for the level `info` is `log`. */
export function write(sink: LogSink, level: LogLevel, fields: LogFields): void {
  if (level === 'off') return;
  const line = new LogLine(fields);
  if (level === 'info') sink.log(line);
  else sink[level](line);
}
