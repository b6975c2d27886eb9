import { inspect, type InspectOptions } from 'node:util';

/** The fields of a log line, in the order in which they are printed. */
export interface LogFields {
  readonly event: string;
  readonly [name: string]: string | number | null | undefined;
}

type Field = readonly [name: string, value: LogFields[string]];

/** Values that need no quotes. */
const PLAIN_VALUE = /^[^\s"'=]+$/;

/**
 * One event as an object: JSON loggers and pino see its fields. Loggers that print objects for
 * people, as Nest's `ConsoleLogger` does, use `inspect` and get one line of text.
 */
export class LogLine {
  constructor(fields: LogFields) {
    Object.assign(this, fields);
  }

  [inspect.custom](depth: number, options: InspectOptions): string | object {
    const fields = Object.entries(this) as readonly Field[];
    const isOutermost = depth === options.depth;
    return isOutermost ? textOf(fields) : Object.fromEntries(fields);
  }
}

/** `event name=value …`, without fields that have nothing to report. */
function textOf(fields: readonly Field[]): string {
  const parts = fields.flatMap(([name, value]) => {
    const text = String(value);
    if (name === 'event') return text;
    const isEmpty = value == null || (name === 'suppressed' && value === 0);
    return isEmpty ? [] : `${name}=${valueOf(text)}`;
  });
  return parts.join(' ');
}

function valueOf(text: string): string {
  return PLAIN_VALUE.test(text) ? text : inspect(text);
}
