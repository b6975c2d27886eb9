import { describe, expect, it } from 'vitest';
import { parseConfigText } from '../parse-config.js';
import type { LimiterSettings } from '../settings.js';

type Env = Readonly<Record<string, string>>;

function load(keys: string, env: Env = {}): LimiterSettings {
  const text = `[stores.main]\nstrategy = "memory"\n[limiters.login_ip]\n${keys}`;
  return parseConfigText(text, { env }).limiters[0]!;
}

describe('[limiters.X]', () => {
  it('is a token bucket by default', () => {
    expect(load('rate_per_second = 100.0')).toEqual({
      id: 'login_ip',
      storeId: 'main',
      policy: { algorithm: 'token_bucket', ratePerSecond: 100, burst: 100 },
      timeoutMs: null,
      failureMode: 'fail_open',
      identifyBy: ['ip'],
    });
  });

  it('reads every key, in either dialect', () => {
    expect(
      load(`
        store = "main"
        algorithm = "sliding_window"
        limit = 10
        window_seconds = 300
        max_concurrent = 2
        lease_seconds = 0.5
        timeout = 0.1
        fail_closed = true
        on_store_failure = "closed"
        identify_by = ["ip", "header:X-Api-Key", "user:id"]`),
    ).toEqual({
      id: 'login_ip',
      storeId: 'main',
      policy: {
        algorithm: 'sliding_window',
        limit: 10,
        windowMs: 300_000,
        concurrency: { maxConcurrent: 2, leaseMs: 500 },
      },
      timeoutMs: 100,
      failureMode: 'fail_closed',
      identifyBy: ['ip', 'header:X-Api-Key', 'user:id'],
    });
  });

  it.each([
    [0.01, 1],
    [0.9, 1],
    [1, 1],
    [2.9, 2],
    [300, 300],
  ])('defaults the burst of %d per second to one second, at least 1: %d', (rate, burst) => {
    expect(load(`rate_per_second = ${String(rate)}`).policy).toEqual({
      algorithm: 'token_bucket',
      ratePerSecond: rate,
      burst,
    });
  });

  it('may limit concurrency only', () => {
    expect(load('max_concurrent = 3').policy).toEqual({
      algorithm: 'concurrency',
      concurrency: { maxConcurrent: 3, leaseMs: 30_000 },
    });
  });

  it.each([
    ['0.001', 1],
    ['0.07', 70],
    ['0.29', 290],
    ['300', 300_000],
    ['31622400', 31_622_400_000],
  ])('turns %s seconds into exactly %d milliseconds', (seconds, windowMs) => {
    const keys = `algorithm = "sliding_window"\nlimit = 1\nwindow_seconds = ${seconds}`;
    expect(load(keys).policy).toMatchObject({ windowMs });
  });

  it.each([
    ['fail_closed = false', 'fail_open'],
    ['fail_closed = true', 'fail_closed'],
    ['on_store_failure = "open"', 'fail_open'],
    ['on_store_failure = "closed"', 'fail_closed'],
    ['on_store_failure = "open"\nfail_closed = false', 'fail_open'],
  ])('%j means %s', (keys, failureMode) => {
    expect(load(`rate_per_second = 1\n${keys}`).failureMode).toBe(failureMode);
  });

  it.each([
    ['identify_by = "global"', ['global']],
    ['identify_by = "${WHO}"', ['ip', 'body:email']],
    ['identify_by = ["ip", "${FIELD}"]', ['ip', 'body:email']],
    ['identify_by = "${NOTHING:-}"', ['ip']],
  ])('reads %j', (keys, identifyBy) => {
    const env = { WHO: 'ip, body:email', FIELD: 'body:email' };
    expect(load(`rate_per_second = 1\n${keys}`, env).identifyBy).toEqual(identifyBy);
  });

  it('takes its numbers and switches from variables', () => {
    const env = { RATE: '1e3', BURST: '50', CLOSED: 'Yes', TIMEOUT: '.25' };
    const keys =
      'rate_per_second = "${RATE}"\nburst = "${BURST}"\nfail_closed = "${CLOSED}"\ntimeout = "${TIMEOUT}"';
    expect(load(keys, env)).toMatchObject({
      policy: { ratePerSecond: 1000, burst: 50 },
      failureMode: 'fail_closed',
      timeoutMs: 250,
    });
  });

  it('takes an empty variable with a default as absent', () => {
    expect(load('rate_per_second = 5\nburst = "${B:-}"', { B: '' }).policy).toMatchObject({
      burst: 5,
    });
  });

  it('names its store when there are several', () => {
    const text = `
      [stores.a]
      strategy = "memory"
      [stores.b]
      strategy = "memory"
      [limiters.x]
      store_id = "b"
      rate_per_second = 1`;
    expect(parseConfigText(text, { env: {} }).limiters[0]?.storeId).toBe('b');
  });
});
