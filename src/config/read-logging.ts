import { loggingTable } from './logging-schema.js';
import type { ConfigPath } from './table/problem-list.js';
import type { RawTable } from './table/raw-table.js';
import { readTable } from './table/read-table.js';
import type { ReadingContext } from './table/reading-context.js';
import type { LoggingSettings } from './settings.js';

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
