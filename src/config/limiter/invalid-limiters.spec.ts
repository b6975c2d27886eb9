import { describe, expect, it } from 'vitest';
import { problemsIn, type Env } from '../../../test/support/config-problems.js';

const STORE = '[stores.main]\nstrategy = "memory"\n';

/** The problems of the keys of a limiter, which begin in line 2. */
function problemOf(keys: string, env: Env = {}): string {
  return problemsIn(`[limiters.x]\n${keys}\n${STORE}`, env).replaceAll('limiters.x.', '');
}

const window = 'algorithm = "sliding_window"\nlimit = 1\nwindow_seconds = 1';
const days366 = 'expected seconds from 0.001 to 31622400, in whole milliseconds';

describe('[limiters.X] refuses', () => {
  it.each([
    [
      '',
      'limiters.x (1): limits nothing. Write rate_per_second, or limit and window_seconds, or max_concurrent.',
    ],
    [
      'algorithm = "sliding-window"',
      'algorithm (2): expected "token_bucket" or "sliding_window", got "sliding-window". Did you mean "sliding_window"?',
    ],
    [
      'limit = 1\nwindow_seconds = 1',
      'algorithm (1): missing; limit and window_seconds require algorithm = "sliding_window".',
    ],
    ['limit = 1', 'algorithm (1): missing; limit requires algorithm = "sliding_window".'],
    [
      'rate_per_second = 1\nlimit = 1',
      'limit (3): requires algorithm = "sliding_window", but this limiter has algorithm = "token_bucket".',
    ],
    [
      'algorithm = "token_bucket"\nlimit = 1\nwindow_seconds = 2',
      'limit (3): requires algorithm = "sliding_window", but this limiter has algorithm = "token_bucket".\nwindow_seconds (4): requires algorithm = "sliding_window", but this limiter has algorithm = "token_bucket".',
    ],
    [
      `${window}\nburst = 2`,
      'burst (5): requires algorithm = "token_bucket", but this limiter has algorithm = "sliding_window".',
    ],
    [
      'algorithm = "token_bucket"',
      'rate_per_second (1): missing; algorithm = "token_bucket" requires it.',
    ],
    [
      'algorithm = "token_bucket"\nmax_concurrent = 1',
      'rate_per_second (1): missing; algorithm = "token_bucket" requires it.',
    ],
    ['burst = 5', 'rate_per_second (1): missing; algorithm = "token_bucket" requires it.'],
    [
      'algorithm = "sliding_window"\nlimit = 1',
      'window_seconds (1): missing; algorithm = "sliding_window" requires it.',
    ],
    [
      'algorithm = "sliding_window"\nwindow_seconds = 1',
      'limit (1): missing; algorithm = "sliding_window" requires it.',
    ],
    [
      'rate_per_second = 1\nlease_seconds = 1',
      'lease_seconds (3): has no effect without max_concurrent.',
    ],
    [
      'rate_per_second = 1\nburst = 31622401',
      'burst (3): a burst of 31622401 takes more than 366 days to refill at 1 per second.',
    ],
    [
      'rate_per_second = 1e-9',
      'rate_per_second (2): a burst of 1 takes more than 366 days to refill at 1e-9 per second.',
    ],
    [
      'rate_per_second = 1\nfail_closed = true\non_store_failure = "open"',
      'on_store_failure (4): "open" contradicts fail_closed. Write one of them.',
    ],
    [
      'rate_per_second = 1\non_store_failure = "local"',
      'on_store_failure (3): "local" is not available yet: expected "open" or "closed", got "local".',
    ],
    [
      'rate_per_second = 1\nfail_close = true',
      'fail_close (3): unknown key. Did you mean "fail_closed"?',
    ],
    [
      `${window}\nwindw_seconds = 1`,
      'windw_seconds (5): unknown key. Did you mean "window_seconds"?',
    ],
    [
      'rate_per_second = 1\nidentify_by = "cookie:x"',
      'identify_by (3): expected "ip", "global", "header:NAME", "body:FIELD", "query:NAME", "param:NAME" or "user:FIELD", got "cookie:x".',
    ],
    [
      'rate_per_second = 1\nidentify_by = 1',
      'identify_by (3): expected "ip", "global", "header:NAME", "body:FIELD", "query:NAME", "param:NAME" or "user:FIELD", or an array of these, got 1.',
    ],
    [
      'rate_per_second = 1\nidentify_by = ["ip", "body:"]',
      'identify_by[1] (3): expected "ip", "global", "header:NAME", "body:FIELD", "query:NAME", "param:NAME" or "user:FIELD", got "body:".',
    ],
    [
      'rate_per_second = 1\nstore_id = "man"',
      'store_id (3): no store is called "man". Known: main. Did you mean "main"?',
    ],
    [
      'rate_per_second = 1\nstore_id = "main"\nstore = "other"',
      'store (4): means the same as store_id, but has another value. Write one of them.\nstore (4): no store is called "other". Known: main.',
    ],
  ])('%j', (keys, expected) => {
    expect(problemOf(keys)).toBe(expected);
  });

  it.each([
    [
      'rate_per_second',
      ['0', '-1', 'nan', 'inf', '1_000_001', '"1"', 'true', '[1]'],
      'expected a number greater than 0 and at most 1000000',
    ],
    [
      'burst',
      ['0', '-1', '1.5', '2_000_000_000', 'nan'],
      'expected a whole number from 1 to 1000000000',
    ],
    [
      'limit',
      ['0', '-1', '1.5', '1_000_001', 'inf', '2020-01-01'],
      'expected a whole number from 1 to 1000000',
    ],
    ['window_seconds', ['0', '-1', '0.0001', '0.0015', '31622401', 'nan', 'inf', '"300"'], days366],
    ['max_concurrent', ['0', '1.5', '100_001'], 'expected a whole number from 1 to 100000'],
    [
      'lease_seconds',
      ['0', '0.05', '86401'],
      'expected seconds from 0.1 to 86400, in whole milliseconds',
    ],
    [
      'timeout',
      ['0', '-1', '86401', 'inf'],
      'expected seconds from 0.001 to 86400, in whole milliseconds',
    ],
    ['fail_closed', ['1', '"true"'], 'expected true or false'],
    ['store_id', ['""', '1'], 'expected the name of a store'],
  ])('%s of %j', (key, values, expected) => {
    for (const value of values) {
      expect(problemOf(`${key} = ${value}`)).toContain(`${key} (2): ${expected}, got `);
    }
  });

  it('a missing store_id when there are several stores', () => {
    const stores = `${STORE}[stores."a.b"]\nstrategy = "memory"\n`;
    expect(problemsIn(`[limiters.x]\nrate_per_second = 1\n${stores}`)).toContain(
      'limiters.x.store_id (1): missing; name one of the stores main and "a.b".',
    );
  });

  it('a variable that names no store, without its text', () => {
    expect(problemOf('rate_per_second = 1\nstore_id = "${S}"', { S: 'canary' })).toBe(
      'store_id (3): no store is called the text in ${S}. Known: main.',
    );
  });
});
