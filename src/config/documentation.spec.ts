import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { ConfigurationError } from '../core/errors/index.js';
import { httpTable } from './http/http.js';
import { limiterTable } from './limiter/limiter-schema.js';
import { loggingTable } from './logging.js';
import { loadConfig } from './load-config.js';
import { parseConfigText } from './parse-config.js';
import { circuitBreakerTable, storeTable } from './store/store-schema.js';
import { objectSyntax } from './table/syntax.js';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
const types = readFileSync(new URL('config-object.ts', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```toml\n(.*?)```/gs)].map(([, block = '']) => block);
const tables = [
  ['[stores.NAME]', storeTable, 'StoreConfig'],
  ['[stores.NAME.circuit_breaker]', circuitBreakerTable, 'CircuitBreakerConfig'],
  ['[limiters.NAME]', limiterTable, 'LimiterConfig'],
  ['[http]', httpTable, 'HttpConfig'],
  ['[logging]', loggingTable, 'LoggingConfig'],
] as const;
const env = {
  REDIS_URL: 'redis://redis:6379',
  REDIS_SENTINELS: 'a:26379, b:26379',
  LOGIN_LIMIT: '20',
};

describe('docs/configuration.md', () => {
  it.each(tables)('has every key of %s in its section', (heading, spec) => {
    const { schema, aliases, ignored } = spec;
    const section = sectionOf(heading);
    for (const key of [schema.shape, aliases, ignored].flatMap((keys) => Object.keys(keys))) {
      expect(section).toContain(`\`${key}\``);
    }
  });

  it.each(tables)('has the defaults of %s', (heading, { schema }) => {
    const section = sectionOf(heading);
    for (const [key, value] of defaultsOf(schema)) {
      const row = section.split('\n').find((line) => line.startsWith(`| \`${key}\``)) ?? '';
      expect(row.split('|')[3]?.trim(), key).toBe(`\`${asToml(value)}\``);
    }
  });

  it('has only examples that load, but for the one with mistakes', () => {
    expect(blocks.length).toBeGreaterThan(3);
    const failing = blocks.filter((block) => !loads(block));
    expect(failing).toHaveLength(1);
  });

  it('shows the output of that one as it is', () => {
    const output = /```text\n(ConfigurationError.*?)```/s.exec(page)?.[1] ?? '';
    const wrong = blocks.find((block) => !loads(block)) ?? '';
    try {
      parseConfigText(wrong, { env: {}, source: '/app/rate-sync.toml' });
      expect.unreachable();
    } catch (error) {
      expect(`${String(error)}\n`).toBe(output);
    }
  });
});

describe('config-object.ts', () => {
  it.each(tables)('has the defaults of %s in its comments', (_, { schema }, name) => {
    const from = types.indexOf(`export interface ${name} {`);
    const type = types.slice(from, types.indexOf('\n}\n', from));
    for (const [key, value] of defaultsOf(schema)) {
      const [before = ''] = type.split(`  readonly ${objectSyntax.spell(key)}?:`);
      const comment = before.slice(before.lastIndexOf('/**'));
      for (const item of [value].flat()) {
        expect(comment, key).toMatch(new RegExp(`\\b${asProse(item)}\\b`));
      }
    }
  });
});

describe('rate-sync.toml', () => {
  it.each([
    ['memory', {}],
    ['redis', { REDIS_URL: 'rediss://:password@redis:6379/0' }],
  ])('loads with a store in %s', async (strategy, variables) => {
    const { stores, limiters } = await loadConfig({
      config: fileURLToPath(new URL('../../rate-sync.toml', import.meta.url)),
      env: variables,
    });
    expect(stores.map((store) => [store.id, store.strategy])).toEqual([['main', strategy]]);
    expect(limiters).toMatchObject([
      { id: 'public', failureMode: 'fail_open', policy: { ratePerSecond: 100 }, timeoutMs: 100 },
      { id: 'authenticated', identifyBy: ['user:id'], policy: { ratePerSecond: 300 } },
      { id: 'login_ip', identifyBy: ['ip'], policy: { limit: 10, windowMs: 300_000 } },
      { id: 'login_credential', identifyBy: ['body:email'], policy: { limit: 5 } },
    ]);
  });
});

function sectionOf(heading: string): string {
  const from = page.indexOf(`## \`${heading}\``);
  expect(from).toBeGreaterThan(0);
  return page.slice(from, page.indexOf('\n## ', from + 1));
}

/** The keys that have a default, with it. */
function defaultsOf(schema: z.ZodObject): readonly (readonly [string, unknown])[] {
  return Object.entries(schema.parse({}));
}

/** Numbers from 10 000 on with `_` between thousands. */
function asToml(value: unknown): string {
  if (typeof value !== 'number' || value < 10_000) {
    return JSON.stringify(value).replaceAll('","', '", "');
  }
  return String(value).replace(/\B(?=(\d{3})+$)/g, '_');
}

/** The pattern of a value in a comment: `100 000`, `token bucket`. */
function asProse(value: unknown): string {
  const text = String(value).replaceAll('_', '[_ ]');
  return typeof value === 'number' ? text.replace(/\B(?=(\d{3})+$)/g, ' ?') : text;
}

function loads(block: string): boolean {
  try {
    parseConfigText(block, { env });
    return true;
  } catch (error) {
    if (error instanceof ConfigurationError) return false;
    throw error;
  }
}
