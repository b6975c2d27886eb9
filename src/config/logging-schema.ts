import { z } from 'zod';
import { oneOf, share } from './table/fields.js';
import type { TableSpec } from './table/table-spec.js';

const level = () => oneOf(['off', 'debug', 'info', 'warn', 'error']);

/** The keys of `[logging]`. */
export const loggingSchema = z.strictObject({
  allowed_sample: share().default(0).describe('The share of the calls that pass that is logged.'),
  allowed_level: level().default('info').describe('Level of rate_limit_allowed.'),
  exceeded_level: level().default('warn').describe('Level of rate_limit_exceeded.'),
  error_level: level().default('error').describe('Level of rate_limit_error.'),
  circuit_level: level().default('warn').describe('Level of rate_limit_circuit.'),
});

/** `[logging]`. */
export const loggingTable: TableSpec<typeof loggingSchema> = {
  schema: loggingSchema,
  aliases: {},
  secrets: [],
  subtables: [],
};
