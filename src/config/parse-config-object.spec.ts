import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import { ConfigurationError } from '../core/errors/index.js';
import type {
  CircuitBreakerConfig,
  HttpConfig,
  LimiterConfig,
  LoggingConfig,
  RateSyncConfig,
  StoreConfig,
} from './config-object.js';
import type { httpSchema } from './http/http.js';
import type { limiterSchema } from './limiter/limiter-schema.js';
import type { loggingSchema } from './logging.js';
import { parseConfigObject } from './parse-config.js';
import type { circuitBreakerSchema, storeSchema } from './store/store-schema.js';

/** Problems of what need not be a configuration at all. */
function problemsOf(object: unknown) {
  try {
    parseConfigObject(object as RateSyncConfig, { env: {} });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('a configuration object', () => {
  it('has the fields of the file in camelCase, with the same units', () => {
    const config = parseConfigObject(
      {
        stores: {
          main: { strategy: 'redis', url: 'redis://h', socketTimeout: 2, sslCertReqs: undefined },
          spare: { strategy: 'memory', maxKeys: 10 },
        },
        limiters: {
          login_ip: {
            storeId: 'spare',
            algorithm: 'sliding_window',
            limit: 10,
            windowSeconds: 300,
            failClosed: true,
            timeout: 0.1,
            identifyBy: ['ip', 'body:email'],
          },
        },
        http: { trustedProxies: ['loopback'], ipv6Subnet: 56 },
      },
      { env: {} },
    );
    expect(config).toMatchObject({
      source: null,
      stores: [
        { id: 'main', socketTimeoutMs: 2000 },
        { id: 'spare', maxKeys: 10 },
      ],
      limiters: [
        {
          id: 'login_ip',
          storeId: 'spare',
          policy: { algorithm: 'sliding_window', limit: 10, windowMs: 300_000 },
          timeoutMs: 100,
          failureMode: 'fail_closed',
          identifyBy: ['ip', 'body:email'],
        },
      ],
      http: { trustedProxies: ['loopback'], ipv6Subnet: 56 },
    });
  });

  it('does not expand variables', () => {
    const config = parseConfigObject(
      {
        stores: { main: { url: 'redis://h', password: '${HOME}' } },
        limiters: { x: { ratePerSecond: 1, identifyBy: 'body:${HOME}' } },
      },
      { env: { HOME: '/root' } },
    );
    const [store] = config.stores;
    expect(store?.strategy === 'redis' && store.password?.reveal()).toBe('${HOME}');
    expect(config.limiters[0]?.identifyBy).toEqual(['body:${HOME}']);
  });

  it('is reported on in its own spelling, without lines', () => {
    const problems = problemsOf({
      stores: {
        main: { strategy: 'memory', max_keys: 1, maxKeys: Number.NaN, circuitBreaker: {} },
      },
      limiters: { 'a.b': { limit: 1 }, c: { algorithm: 'token_bucket', windowSeconds: 1 } },
    });
    expect(problems).toEqual([
      {
        path: 'limiters."a.b"',
        line: null,
        message: expect.stringMatching(/^invalid name: begin/) as string,
      },
      { path: 'stores.main.max_keys', line: null, message: 'unknown key. Did you mean "maxKeys"?' },
      {
        path: 'stores.main.maxKeys',
        line: null,
        message: 'expected a whole number from 1 to 10000000, got NaN.',
      },
      {
        path: 'stores.main.circuitBreaker',
        line: null,
        message: 'belongs to a redis store, but this is a memory store.',
      },
      {
        path: 'limiters."a.b".algorithm',
        line: null,
        message: "missing; limit requires algorithm: 'sliding_window'.",
      },
      {
        path: 'limiters.c.windowSeconds',
        line: null,
        message:
          "requires algorithm: 'sliding_window', but this limiter has algorithm: 'token_bucket'.",
      },
    ]);
  });

  it.each([null, undefined, 1, [], new Map(), () => 1, new Date()])(
    'is a plain object: %s',
    (value) => {
      expect(problemsOf(value)).toEqual([
        {
          path: '',
          line: null,
          message: expect.stringMatching(/^expected a table, got /) as string,
        },
      ]);
    },
  );

  it.each([
    [{ limit: '10' }, 'limit: expected a whole number from 1 to 1000000, got a string.'],
    [{ limit: 10n }, 'limit: expected a whole number from 1 to 1000000, got a bigint.'],
    [{ limit: null }, 'limit: expected a whole number from 1 to 1000000, got null.'],
    [{ limit: 1e9 }, 'limit: expected a whole number from 1 to 1000000, got 1000000000.'],
    [{ limit: -0 }, 'limit: expected a whole number from 1 to 1000000, got 0.'],
    [{ limit: Symbol('x') }, 'limit: expected a whole number from 1 to 1000000, got a symbol.'],
  ])('holds values of the right type: %#', (keys, expected) => {
    const limiters = { x: { algorithm: 'sliding_window', windowSeconds: 1, ...keys } };
    const [problem] = problemsOf({ stores: { a: { strategy: 'memory' } }, limiters });
    expect(`${String(problem?.path)}: ${String(problem?.message)}`).toBe(`limiters.x.${expected}`);
  });

  it('cannot pollute prototypes', () => {
    const hostile: unknown = JSON.parse(
      '{"__proto__": {"a": 1}, "stores": {"__proto__": {"strategy": "memory"}}, "limiters": {"constructor": {"prototype": {"b": 1}}}}',
    );
    expect(problemsOf(hostile).map(({ path }) => path)).toEqual([
      '__proto__',
      'stores.__proto__',
      'limiters.constructor',
      'limiters.constructor.prototype',
      'limiters.constructor',
    ]);
    expect({}).not.toHaveProperty('a');
    expect({}).not.toHaveProperty('b');
  });
});

type CamelCase<Key> = Key extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Key;

type Frozen<Value> = Value extends readonly (infer Item)[] ? readonly Item[] : Value;

/** The fields of a table in an object: each may be left out or undefined, none is changed. */
type FieldsOf<Schema extends z.ZodType> = {
  readonly [Key in keyof z.input<Schema> as CamelCase<Key>]?: Frozen<z.input<Schema>[Key]>;
};

describe('the type of a configuration object', () => {
  it('has the keys and values of the schemas', () => {
    expectTypeOf<Omit<StoreConfig, 'circuitBreaker' | 'client'>>().toEqualTypeOf<
      FieldsOf<typeof storeSchema>
    >();
    expectTypeOf<CircuitBreakerConfig>().toEqualTypeOf<FieldsOf<typeof circuitBreakerSchema>>();
    expectTypeOf<Omit<LimiterConfig, 'identifyBy'>>().toEqualTypeOf<
      Omit<FieldsOf<typeof limiterSchema>, 'identifyBy'>
    >();
    expectTypeOf<keyof LimiterConfig>().toEqualTypeOf<keyof FieldsOf<typeof limiterSchema>>();
    expectTypeOf<HttpConfig>().toEqualTypeOf<FieldsOf<typeof httpSchema>>();
    expectTypeOf<LoggingConfig>().toEqualTypeOf<FieldsOf<typeof loggingSchema>>();
  });
});
