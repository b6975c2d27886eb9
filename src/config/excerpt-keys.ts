import { httpTable } from './http/http.js';
import { limiterTable } from './limiter/limiter-schema.js';
import { loggingTable } from './logging.js';
import type { ExcerptKeys } from './source/excerpt.js';
import { circuitBreakerTable, storeTable } from './store/store-schema.js';

const TABLES = [storeTable, circuitBreakerTable, limiterTable, httpTable, loggingTable];

/** What an excerpt of a file may show: the keys of every table, and the values of most. */
export const excerptKeys: ExcerptKeys = {
  plain: new Set(
    TABLES.flatMap(({ schema, aliases, secrets }) =>
      [...Object.keys(schema.shape), ...Object.keys(aliases)].filter(
        (key) => !secrets.includes(key),
      ),
    ),
  ),
  secret: new Set(TABLES.flatMap(({ secrets }) => secrets)),
};
