import { z } from 'zod';
import type { LoggingSettings } from './settings.js';
import { oneOf, share } from './table/fields.js';
import type { ConfigPath } from './table/problem-list.js';
import type { RawTable } from './table/raw-table.js';
import { readTable } from './table/read-table.js';
import type { ReadingContext } from './table/reading-context.js';
import type { TableSpec } from './table/table-spec.js';

const level = () => oneOf(['off', 'debug', 'info', 'warn', 'error']);

/** The keys of `[logging]`. */
export const loggingSchema = z.strictObject({
  allowed_sample: share().default(0).describe('The share of allowed calls that is logged.'),
  allowed_level: level().default('info').describe('Level of rate_limit_allowed.'),
  exceeded_level: level().default('warn').describe('Level of rate_limit_exceeded.'),
  error_level: level().default('error').describe('Level of rate_limit_error.'),
  circuit_level: level().default('warn').describe('Level of rate_limit_circuit.'),
});

/** `[logging]`. */
export const loggingTable: TableSpec<typeof loggingSchema> = {
  schema: loggingSchema,
  aliases: {},
  ignored: {},
  secrets: [],
  subtables: [],
};

/** Reads `[logging]`. */
export function readLogging(
  table: RawTable,
  path: ConfigPath,
  context: ReadingContext,
): LoggingSettings {
  const { values } = readTable(table, loggingTable, path, context);
  return {
    allowedSample: values.allowed_sample,
    levels: {
      allowed: values.allowed_level,
      exceeded: values.exceeded_level,
      error: values.error_level,
      circuit: values.circuit_level,
    },
  };
}
