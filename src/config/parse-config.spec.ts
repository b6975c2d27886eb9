import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../core/errors/index.js';
import { parseConfigText } from './parse-config.js';

function errorOf(text: string): ConfigurationError {
  try {
    parseConfigText(text, { env: {}, source: '/app/rate-sync.toml' });
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('no problem was found');
}

describe('problems', () => {
  it('are reported together, by line', () => {
    const { problems, message, source } = errorOf(`
[limiters.login_ip]
algorithm = "sliding_window"
limit = 0
windw_seconds = 300
store_id = "mian"

[limiters.public]
rate_per_second = 1
lease_seconds = 5

[stores.main]
url = "\${REDIS_URL}"
max_connections = "\${POOL:-many}"
typo = 1

[htpp]
`);
    expect(source).toBe('/app/rate-sync.toml');
    expect(problems.map(({ path, line }) => [line, path])).toEqual([
      [2, 'limiters.login_ip.window_seconds'],
      [4, 'limiters.login_ip.limit'],
      [5, 'limiters.login_ip.windw_seconds'],
      [6, 'limiters.login_ip.store_id'],
      [10, 'limiters.public.lease_seconds'],
      [13, 'stores.main.url'],
      [14, 'stores.main.max_connections'],
      [15, 'stores.main.typo'],
      [17, 'htpp'],
    ]);
    expect(message).toMatch(/^RATE_SYNC_INVALID_CONFIG: 9 problems in \/app\/rate-sync.toml\n/);
    expect(message).toContain(
      '- limiters.login_ip.windw_seconds (line 5): unknown key. Did you mean "window_seconds"?',
    );
  });

  it.each([
    ['', ['stores', 'limiters']],
    ['[stores]\n[limiters]', ['stores', 'limiters']],
    ['stores = 1\nlimiters = []', ['stores', 'limiters']],
    ['stores.a = 1\nlimiters.b = "x"', ['stores.a', 'limiters.b']],
    ['[[stores.a]]\n[[limiters]]', ['stores.a', 'limiters']],
    ['http = 1', ['stores', 'limiters', 'http']],
  ])('name what is missing or not a table: %j', (text, paths) => {
    expect(errorOf(text).problems.map(({ path }) => path)).toEqual(paths);
  });

  it('show how to declare a limiter', () => {
    expect(errorOf('[stores.a]\nstrategy = "memory"').problems).toEqual([
      {
        path: 'limiters',
        line: null,
        message: 'missing; declare at least one, as in [limiters.public].',
      },
    ]);
  });

  it.each([
    ['a = 1\nb = \n', 2, /^Invalid TOML document: .* \(column \d+\)\.$/],
    ['[a]\n[a]', 2, /redefine/, '2 | [a]\n  |  ^'],
    ['a = 99999999999999999999', 1, /losslessly/],
    ['a = [ 1 # comment', 1, /expected comma or end of structure/],
    [`a = ${'['.repeat(60)}${']'.repeat(60)}`, 1, /excessively nested/],
  ])('of syntax have a line: %#', (text, line, message, excerpt = '') => {
    const more = excerpt === '' ? {} : { excerpt };
    expect(errorOf(text).problems).toEqual([
      { path: '', line, message: expect.stringMatching(message) as string, ...more },
    ]);
  });

  it('C10: of syntax have an excerpt of the line, with a caret under the column', () => {
    expect(errorOf('[limiters.x]\nlimit = 10 20').message).toBe(
      [
        'RATE_SYNC_INVALID_CONFIG: 1 problem in /app/rate-sync.toml',
        '  - (line 2) Invalid TOML document: each key-value declaration must be followed by an end-of-line (column 12).',
        '      2 | limit = 10 20',
        '        |            ^',
      ].join('\n'),
    );
  });

  it('of a text that is too long', () => {
    expect(errorOf('#'.repeat(256 * 1024 + 1)).problems).toEqual([
      { path: '', line: null, message: 'a configuration may have at most 256 KB.' },
    ]);
  });

  it('end after the first hundred', () => {
    const keys = Array.from({ length: 500 }, (_, index) => `k${String(index)} = 1`).join('\n');
    const { problems } = errorOf(`[http]\n${keys}`);
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)?.message).toBe('only the first 100 problems are listed.');
  });
});

describe('variables', () => {
  it('cannot inject TOML', () => {
    const env = { NAME: 'x"\n[limiters.injected]\nrate_per_second = 1\n#' };
    const text = `[stores.main]\nstrategy = "memory"\n[limiters.x]\nrate_per_second = 1\nidentify_by = "body:\${NAME}"`;
    const { limiters } = parseConfigText(text, { env });
    expect(limiters.map(({ id }) => id)).toEqual(['x']);
    expect(limiters[0]?.identifyBy).toEqual([`body:${env.NAME}`]);
  });

  it('are expanded once: their values are not expanded again', () => {
    const env = { PASSWORD: '${HOME}$HOME', HOME: '/root' };
    const text = `[stores.main]\nurl = "redis://h"\npassword = "\${PASSWORD}"\n[limiters.x]\nrate_per_second = 1`;
    const [store] = parseConfigText(text, { env }).stores;
    expect(store?.strategy === 'redis' && store.password?.reveal()).toBe('${HOME}$HOME');
  });
});
