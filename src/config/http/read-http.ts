import { httpTable } from './http-schema.js';
import type { ConfigPath } from '../table/problem-list.js';
import type { RawTable } from '../table/raw-table.js';
import { readTable } from '../table/read-table.js';
import type { ReadingContext } from '../table/reading-context.js';
import type { HttpSettings } from '../settings.js';

/** Reads `[http]`. */
export function readHttp(table: RawTable, path: ConfigPath, context: ReadingContext): HttpSettings {
  const { values } = readTable(table, httpTable, path, context);
  return {
    trustedProxies: values.trusted_proxies ?? null,
    ipv6Subnet: values.ipv6_subnet,
    headers: [...new Set(values.headers)],
    errors: values.errors,
  };
}
