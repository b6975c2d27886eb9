import { describe, expect, it } from 'vitest';
import { ConfigurationError, describeProblem } from '../core/errors/index.js';
import type { RateSyncConfig } from './config-object.js';
import { parseConfigObject, parseConfigText } from './parse-config.js';

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map(describeProblem);
    throw error;
  }
  return [];
}

const problemsIn = (text: string) => problemsOf(() => parseConfigText(text, { env: {} }));

const REDIS = `[stores.redis]
engine = "redis"
url = "redis://localhost:6379/0"
db = 0
password = "\${REDIS_PASSWORD:-}"
key_prefix = "rate_limit"
pool_min_size = 2
pool_max_size = 10
timing_margin_ms = 10.0
socket_timeout = 5.0
socket_connect_timeout = 5.0
`;
const LIMITER = '[limiters.api]\nstore = "redis"\nrate_per_second = 100.0\ntimeout = 30.0\n';

describe('C3: a file of the Python project', () => {
  it('loads, with a warning for each key that has no effect', () => {
    const { stores, warnings } = parseConfigText(REDIS + LIMITER, { env: {} });
    expect(stores).toMatchObject([
      { strategy: 'redis', maxConnections: 10, keyPrefix: 'rate_limit' },
    ]);
    expect(warnings.map(describeProblem)).toEqual([
      'stores.redis.pool_min_size (line 7): has no effect here: a process keeps one connection to each server.',
      'stores.redis.timing_margin_ms (line 9): has no effect here: limits are exact, and the clock of the server decides.',
    ]);
  });

  it('has no warnings when every key has an effect', () => {
    const text = `[stores.redis]\nengine = "memory"\n${LIMITER}`;
    expect(parseConfigText(text, { env: {} }).warnings).toEqual([]);
  });

  it('is warned about as an object, too, without lines', () => {
    const store = { strategy: 'memory', poolMinSize: 1 };
    const config = { stores: { main: store }, limiters: { x: { ratePerSecond: 1 } } };
    expect(parseConfigObject(config as RateSyncConfig, { env: {} }).warnings).toEqual([
      {
        path: 'stores.main.poolMinSize',
        line: null,
        message: expect.stringMatching(/^has no effect here: /) as string,
      },
    ]);
  });

  it.each(['postgres', 'nats'])('is refused with one problem for a store in %s', (engine) => {
    const keys = `engine = "${engine}"\nurl = "${engine}://h"\ntable_name = "state"\npool_min_size = 1`;
    expect(problemsIn(`[stores.redis]\n${keys}\n${LIMITER}`)).toEqual([
      `stores.redis.engine (line 2): "${engine}" is not supported. Write engine = "redis" or engine = "memory".`,
    ]);
  });

  it('is refused with a timeout of 0, and the problem says what to do', () => {
    const limiter = '[limiters.task]\nmax_concurrent = 1\ntimeout = 0.0';
    expect(problemsIn(`${limiter}\n[stores.main]\nengine = "memory"`)).toEqual([
      'limiters.task.timeout (line 3): expected seconds from 0.001 to 86400, in whole milliseconds, got 0. Leave it out: a check does not wait for its turn.',
    ]);
  });

  it.each(['limiters', 'stores'])('is refused with a variable in a name of %s', (section) => {
    const table = section === 'stores' ? 'engine = "memory"' : 'rate_per_second = 1';
    const text = `[${section}."\${ID:-dynamic}"]\n${table}\n`;
    const rest = '[stores.redis]\nengine = "memory"\n' + LIMITER;
    expect(problemsIn(text + rest)[0]).toBe(
      `${section}."\${ID:-dynamic}" (line 1): variables are not expanded in names. Write the name itself.`,
    );
  });

  it('is refused with a section for FastAPI, and the problem names the key to write', () => {
    const fastapi = '[fastapi]\ntrusted_proxy_networks = ["10.0.0.0/8"]\n';
    const store = '[stores.redis]\nengine = "memory"\n';
    expect(problemsIn(fastapi + store + LIMITER)).toEqual([
      'fastapi (line 1): not supported. Write its trusted_proxy_networks as trusted_proxies in [http].',
    ]);
  });
});
