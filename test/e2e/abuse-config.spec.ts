import { Controller, Get } from '@nestjs/common';
import { ConfigurationError, RateLimit, type LimiterConfig } from '@rate-sync/nestjs';
import { describe, expect, it } from 'vitest';
import { parseConfigObject, parseConfigText } from '../../src/config/index.js';
import { ADAPTERS } from '../support/http/adapters.js';
import { create, limits, windowOf } from '../support/http/serve.js';

/** The problems of a configuration that is refused. */
async function problemsOf(parse: () => unknown): Promise<ConfigurationError['problems']> {
  const failure = await Promise.resolve()
    .then(parse)
    .catch((reason: unknown) => reason);
  expect(failure).toBeInstanceOf(ConfigurationError);
  return (failure as ConfigurationError).problems;
}

const NAMES = ['__proto__', 'constructor', 'a"b', 'a\r\nb', 'x'.repeat(65), 'na\u00efve', ''];

/** `limits`, with a name that an object literal would take for its prototype. */
function limitsCalled(name: string) {
  const limiters = JSON.parse(`{${JSON.stringify(name)}: {}}`) as Record<string, LimiterConfig>;
  Object.defineProperty(limiters, name, { value: windowOf(5), enumerable: true });
  return limits(limiters);
}

describe.each(ADAPTERS)('abuse with names on $name', (adapter) => {
  it.each(NAMES)('A18: a limiter called %j stops the start, with its path', async (name) => {
    const problems = await problemsOf(() =>
      create(adapter, { rateSync: { config: limitsCalled(name) } }).then((app) => app.init()),
    );
    expect(problems).toHaveLength(1);
    expect(problems[0]?.path).toMatch(/^limiters\../);
    expect(problems[0]?.message).toMatch(/name/);
    expect(problems[0]?.path).not.toMatch(/[\r\n]/);
  });

  it.each(NAMES)('A18: a rule that names %j stops the start', async (name) => {
    @Controller()
    class NamingController {
      @Get()
      @RateLimit(name)
      read(): string {
        return 'ok';
      }
    }
    const config = limits({ one: windowOf(5) });
    const start = create(adapter, { controllers: [NamingController], rateSync: { config } }).then(
      (app) => app.init(),
    );
    await expect(start).rejects.toMatchObject({ code: 'RATE_SYNC_UNKNOWN_LIMITER' });
  });
});

it.each([
  ['__proto__ as a table', '[__proto__]\npolluted = 1'],
  ['__proto__ as a limiter', '[limiters.__proto__]\npolluted = 1'],
  ['__proto__ as a key', '[limiters.one]\n__proto__ = { polluted = 1 }'],
  ['constructor.prototype', '[constructor.prototype]\npolluted = 1'],
  ['10 MB', `# ${'x'.repeat(10 * 1024 * 1024)}`],
  ['100,000 arrays in one another', `a = ${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['10,000 tables in one another', `a = ${'{a='.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ['a name of 50,000 parts', `[limiters.${'a.'.repeat(50_000)}a]`],
  ['a comment without an end in an array', 'a = [1, # x'],
  ['many comments without an end', `a = [${'#'.repeat(200_000)}`],
])('A19: a file with %s is refused, and pollutes nothing', async (_, text) => {
  expect((await problemsOf(() => parseConfigText(text, { env: {} }))).length).toBeGreaterThan(0);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect({}).not.toHaveProperty('polluted');
});

/** What the password of a store becomes. */
function passwordFrom(text: string, env: Readonly<Record<string, string>>): string | null {
  const toml = `[stores.main]\nurl = "redis://h"\npassword = '${text}'\n[limiters.one]\nrate_per_second = 1`;
  const [store] = parseConfigText(toml, { env }).stores;
  if (store?.strategy !== 'redis') throw new Error('there is no such store');
  return store.password?.reveal() ?? null;
}

it.each([
  ['${PW}', '${HOME}', '${HOME}'],
  ['${PW}', '${PW}', '${PW}'],
  ['${PW}', '$HOME', '$HOME'],
  ['$HOME', 'unused', '$HOME'],
  ['${PW}', '0123', '0123'],
  ['${PW}', '1e3', '1e3'],
  ['${PW}', 'true', 'true'],
  ['${PW}', '$&$1', '$&$1'],
  ['${PW:-fallback}', '', 'fallback'],
])('A20: %s with the value %j is %j', (text, value, expected) => {
  expect(passwordFrom(text, { PW: value, HOME: '/root' })).toBe(expected);
});

it('A20: a variable that is missing is named, and what others hold is not', async () => {
  const problems = await problemsOf(() => passwordFrom('${PW}${NOT_THERE}', { PW: 'canary' }));
  expect(problems[0]?.path).toBe('stores.main.password');
  expect(problems[0]?.message).toContain('NOT_THERE');
  expect(JSON.stringify(problems)).not.toContain('canary');
});

const NO_NUMBERS = [-1, 0, Number.NaN, Number.POSITIVE_INFINITY, 1e12, 'abc', '', null, {}, [5]];

it.each(NO_NUMBERS)(
  'A24: %j is no limit, window, rate or burst: an error with its path',
  async (bad) => {
    const wrong = {
      a: windowOf(5, { limit: bad as never }),
      b: windowOf(5, { windowSeconds: bad as never }),
      c: { ratePerSecond: bad as never },
      d: { ratePerSecond: 1, burst: bad as never },
      e: { maxConcurrent: bad as never },
    };
    const problems = await problemsOf(() => parseConfigObject(limits(wrong), { env: {} }));
    expect(problems.map(({ path }) => path)).toEqual([
      'limiters.a.limit',
      'limiters.b.windowSeconds',
      'limiters.c.ratePerSecond',
      'limiters.d.burst',
      'limiters.e.maxConcurrent',
    ]);
  },
);
