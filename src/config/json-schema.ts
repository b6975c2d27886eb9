import { z } from 'zod';
import { httpTable } from './http/http.js';
import { limiterTable } from './limiter/limiter-schema.js';
import { loggingTable } from './logging.js';
import { circuitBreakerTable, storeTable } from './store/store-schema.js';
import { VARIABLE_PATTERN } from './table/environment.js';
import { NAME_PATTERN } from './table/fields.js';
import type { TableSpec } from './table/table-spec.js';

type JsonSchema = Record<string, unknown>;

const VARIABLE_STRING = { type: 'string', pattern: VARIABLE_PATTERN } as const;

/**
 * The JSON Schema of `rate-sync.toml`, with which editors complete, explain and check it.
 *
 * Draft 7, which TOML editors read best. Wherever a value has a type or form, a string with
 * `${VAR}` fits too. Rules that concern several keys are not in it.
 */
export function rateSyncJsonSchema(): object {
  const circuitBreaker = tableSchema(circuitBreakerTable, 'The circuit breaker of a store.');
  const store = tableSchema(storeTable, 'A store: where state is kept.', {
    circuit_breaker: circuitBreaker,
  });
  const limiter = tableSchema(limiterTable, 'A limiter: a named limit.');
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'rate-sync.toml',
    description: 'Configuration of @rate-sync/nestjs.',
    type: 'object',
    properties: {
      stores: namedTables(store, 'Stores by name.'),
      limiters: namedTables(limiter, 'Limiters by name.'),
      http: tableSchema(httpTable, 'HTTP: proxies, headers and error bodies.'),
      logging: tableSchema(loggingTable, 'Logging of decisions.'),
    },
    required: ['stores', 'limiters'],
    additionalProperties: false,
  };
}

function namedTables(table: JsonSchema, description: string): JsonSchema {
  return {
    description,
    type: 'object',
    patternProperties: { [NAME_PATTERN.source]: table },
    additionalProperties: false,
    minProperties: 1,
  };
}

function tableSchema(
  { schema, aliases, ignored }: TableSpec<z.ZodObject>,
  description: string,
  subtables: JsonSchema = {},
): JsonSchema {
  const { properties = {} } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });
  const keys = Object.entries(properties).map(
    ([key, property]) => [key, withVariables(property)] as const,
  );
  const known = new Map(keys);
  const others = Object.entries(aliases).map(([alias, key]) => {
    return [alias, { ...known.get(key), description: `Another spelling of ${key}.` }] as const;
  });
  const inert = Object.keys(ignored).map(
    (key) => [key, { description: 'Has no effect.' }] as const,
  );
  return {
    description,
    type: 'object',
    properties: { ...Object.fromEntries([...keys, ...others, ...inert]), ...subtables },
    additionalProperties: false,
  };
}

/** Allows a string with a variable beside a value of any other type or form. */
function withVariables(property: z.core.JSONSchema._JSONSchema): JsonSchema {
  if (typeof property === 'boolean') return {};
  const { description, default: fallback, ...rest } = property;
  const isAnyText = rest.type === 'string' && rest.pattern === undefined && rest.enum === undefined;
  return {
    description,
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(isAnyText ? rest : { anyOf: [rest, VARIABLE_STRING] }),
  };
}
