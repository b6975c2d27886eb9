import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../core/errors/index.js';
import { httpTable } from './http/http.js';
import { limiterTable } from './limiter/limiter-schema.js';
import { loggingTable } from './logging.js';
import { loadConfig } from './load-config.js';
import { parseConfigText } from './parse-config.js';
import { circuitBreakerTable, storeTable } from './store/store-schema.js';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```toml\n(.*?)```/gs)].map(([, block = '']) => block);
const env = {
  REDIS_URL: 'redis://redis:6379',
  REDIS_SENTINELS: 'a:26379, b:26379',
  LOGIN_LIMIT: '20',
};

describe('docs/configuration.md', () => {
  it.each([
    ['[stores.NAME]', storeTable],
    ['[stores.NAME.circuit_breaker]', circuitBreakerTable],
    ['[limiters.NAME]', limiterTable],
    ['[http]', httpTable],
    ['[logging]', loggingTable],
  ])('has every key of %s in its section', (heading, { schema, aliases, ignored }) => {
    const from = page.indexOf(`## \`${heading}\``);
    expect(from).toBeGreaterThan(0);
    const section = page.slice(from, page.indexOf('\n## ', from + 1));
    for (const key of [schema.shape, aliases, ignored].flatMap((keys) => Object.keys(keys))) {
      expect(section).toContain(`\`${key}\``);
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

function loads(block: string): boolean {
  try {
    parseConfigText(block, { env });
    return true;
  } catch (error) {
    if (error instanceof ConfigurationError) return false;
    throw error;
  }
}
