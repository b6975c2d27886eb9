import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { rateSyncJsonSchema } from './json-schema.js';
import { isTable } from './table/raw-table.js';

const schema: unknown = JSON.parse(JSON.stringify(rateSyncJsonSchema()));
const validator = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema);
const accepts = (toml: string) => validator.safeParse(plain(parse(toml))).success;

/** Tables of the parser have no prototype, which the validator does not take for objects. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Every table of the schema, by its place. */
function tablesOf(node: unknown, path = ''): readonly (readonly [string, unknown])[] {
  if (!isTable(node)) return [];
  const here = node['type'] === 'object' ? [[path, node] as const] : [];
  return [
    ...here,
    ...Object.entries(node).flatMap(([key, child]) => tablesOf(child, `${path}/${key}`)),
  ];
}

const base = '[stores.main]\nstrategy = "memory"\n[limiters.public]\nrate_per_second = 1\n';

describe('rateSyncJsonSchema', () => {
  it('is draft 7', () => {
    expect(schema).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' });
  });

  it('allows no unknown keys, and describes every key', () => {
    const tables = tablesOf(schema);
    expect(tables.length).toBe(8);
    for (const [path, table] of tables) {
      expect(table, path).toMatchObject({ additionalProperties: false });
      const { properties = {} } = table as { properties?: Record<string, unknown> };
      for (const [key, property] of Object.entries(properties)) {
        expect(property, `${path}/${key}`).toMatchObject({
          description: expect.stringMatching(/\.$/) as string,
        });
      }
    }
  });

  it('accepts the configuration of this repository', () => {
    expect(accepts(readFileSync(new URL('../../rate-sync.toml', import.meta.url), 'utf8'))).toBe(
      true,
    );
  });

  it.each([
    'store = "main"\nburst = 5',
    'identify_by = "ip"',
    'identify_by = ["ip", "user:id"]',
    'burst = "${BURST}"',
    'fail_closed = "${CLOSED:-true}"',
    'on_store_failure = "${MODE}"',
    'identify_by = "${WHO}"',
    '[stores.x]\nengine = "redis"\nurls = "${URLS}"\npool_max_size = "${POOL}"\npool_min_size = 2',
    '[stores.x]\nurls = ["redis://a"]\n[stores.x.circuit_breaker]\ntimeout = "${T}"',
    '[http]\ntrusted_proxies = "${PROXIES:-}"\nheaders = []',
  ])('accepts %j', (keys) => {
    expect(accepts(base + keys)).toBe(true);
  });

  it.each([
    'brust = 5',
    'burst = "5"',
    'burst = 0.5',
    'algorithm = "leaky_bucket"',
    '[limiters."a.b"]',
    '[stores.x]\nurl = 5',
    '[stores.x.circuit_breaker]\ntimout = 1',
    '[http]\nheaders = ["drat"]',
    '[htpp]',
  ])('refuses %j', (keys) => {
    expect(accepts(base + keys)).toBe(false);
  });
});
