import { z } from 'zod';
import type { HttpSettings } from '../settings.js';
import { listOfTexts, oneOf, textWithout, wholeNumber } from '../table/fields.js';
import type { ConfigPath } from '../table/problem-list.js';
import type { RawTable } from '../table/raw-table.js';
import { readTable } from '../table/read-table.js';
import type { ReadingContext } from '../table/reading-context.js';
import type { TableSpec } from '../table/table-spec.js';
import { trustedProxyProblem } from './trusted-proxy.js';

/** The keys of `[http]`. */
export const httpSchema = z.strictObject({
  trusted_proxies: z
    .array(textWithout(trustedProxyProblem, 'an address or a range, as a string'), {
      error: ({ input }) =>
        typeof input === 'number'
          ? 'a number of hops is not supported, because a client can add hops: expected an array of addresses and ranges'
          : 'expected an array of addresses and ranges',
    })
    .optional()
    .describe(
      'Proxies whose X-Forwarded-For is believed: addresses, ranges, "loopback", "linklocal", "uniquelocal", "unix" (a peer without an address). Left out: the HTTP adapter decides.',
    ),
  ipv6_subnet: wholeNumber(32, 128)
    .default(64)
    .describe('Leading bits of an IPv6 address that stand for one client.'),
  headers: listOfTexts(oneOf(['draft', 'legacy']))
    .default(['draft', 'legacy'])
    .describe('Response headers: draft is RateLimit and RateLimit-Policy, legacy X-RateLimit-*.'),
  errors: oneOf(['nest', 'problem'])
    .default('nest')
    .describe("Body of a 429 or 503: Nest's own, or problem details (RFC 9457)."),
});

/** `[http]`. */
export const httpTable: TableSpec<typeof httpSchema> = {
  schema: httpSchema,
  aliases: {},
  ignored: {},
  secrets: [],
  subtables: [],
};

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
