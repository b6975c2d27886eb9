import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../core/errors/index.js';
import type { RateSyncConfig } from './config-object.js';
import { algorithmNames, ALGORITHMS } from './limiter/algorithms.js';
import { parseConfigObject, parseConfigText } from './parse-config.js';
import { objectSyntax } from './table/syntax.js';

const SIZE = 255 * 1024;

/** Repeats a piece until the text is as long as a file may be. */
function filled(head: string, piece: (index: number) => string, tail = ''): string {
  const pieces = [head];
  let length = head.length + tail.length;
  for (let index = 0; length < SIZE - 2000; index++) {
    const next = piece(index);
    pieces.push(next);
    length += next.length;
  }
  return [...pieces, tail].join('');
}

const files: readonly (readonly [string, string])[] = [
  ['nested arrays', `a = ${'['.repeat(SIZE / 2 - 10)}${']'.repeat(SIZE / 2 - 10)}`],
  ['nested inline tables', `a = ${'{a='.repeat(60_000)}1${'}'.repeat(60_000)}`],
  ['a header of many names', `[limiters.${'a.'.repeat(120_000)}a]\nb = 1`],
  ['a dotted key of many names', `[limiters]\n${'a.'.repeat(120_000)}a = 1`],
  ['many tables', filled('', (index) => `[limiters.a${String(index)}]\n`)],
  ['many bad tables', filled('', (index) => `[__proto__.a${String(index)}]\n`)],
  ['many unknown keys', filled('[limiters.a]\n', (index) => `k${String(index)} = 1\n`)],
  ['an array of many lines', filled('x = [\n', () => '1,\n', ']\n')],
  [
    'many arrays of many lines',
    filled('', (index) => `x${String(index)} = [\n${'1,\n'.repeat(450)}]\n`),
  ],
  ['a string of many lines', filled('x = """\n', () => '${A}\n', '"""\n')],
  ['many variables', `[stores.a]\nurl = "${'${A}'.repeat(60_000)}"`],
  ['many beginnings of variables', `[stores.a]\nurl = "${'${A:-'.repeat(40_000)}"`],
  ['many wrong URLs', filled('[stores.a]\nurls = [', () => '"http://x",', ']')],
  ['many proxies', filled('[http]\ntrusted_proxies = [', () => '"::1",', ']')],
  ['a number with many digits', '[limiters.a]\nrate_per_second = "${A}x"'],
];

describe('a hostile file', () => {
  it.each(files)('with %s is refused', (_, text) => {
    const env = { A: '1'.repeat(100_000) };
    expect(text.length).toBeLessThan(256 * 1024);
    expect(() => parseConfigText(text, { env })).toThrow(ConfigurationError);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

const names = fc.oneof(
  fc.constantFrom('stores', 'limiters', 'http', 'main', '__proto__', 'constructor', 'toString'),
  fc.constantFrom('strategy', 'url', 'urls', 'sentinels', 'limit', 'windowSeconds', 'algorithm'),
  fc.constantFrom('identifyBy', 'trustedProxies', 'circuitBreaker', 'storeId', 'ratePerSecond'),
  fc.string(),
);
const leaves = fc.oneof(
  fc.constantFrom('memory', 'redis', 'redis://h', 'sliding_window', 'ip', '${A}', 'main'),
  fc.double(),
  fc.jsonValue(),
);
const tree = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof({ maxDepth: 5 }, leaves, fc.array(tie('node')), fc.dictionary(names, tie('node'))),
})).node;
const configs = fc.oneof(
  tree,
  fc.record({
    stores: fc.dictionary(names, fc.dictionary(names, tree)),
    limiters: fc.dictionary(names, fc.dictionary(names, tree)),
    http: fc.dictionary(names, tree),
  }),
);

/** What is thrown; null when the configuration is right. */
function outcomeOf(run: () => unknown): unknown {
  try {
    run();
    return null;
  } catch (error) {
    return error;
  }
}

function camelCased(key: string): string {
  return objectSyntax.spell(key);
}

/** How many stores and limiters an object declares. */
function countsOf(config: unknown): readonly number[] {
  const { stores, limiters } = config as RateSyncConfig;
  return [Object.keys(stores).length, Object.keys(limiters).length];
}

describe('any input', () => {
  it('is either valid, or refused with a ConfigurationError', () => {
    fc.assert(
      fc.property(configs, (config) => {
        const outcome = outcomeOf(() => parseConfigObject(config as RateSyncConfig, { env: {} }));
        if (outcome !== null) expect(outcome).toBeInstanceOf(ConfigurationError);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });

  it('loses no limiter and no store without a problem', () => {
    const few = fc.constantFrom(1, 2, 5, 9, 0);
    const ownKeys = fc.constantFrom(...algorithmNames).chain((algorithm) =>
      fc.record({
        algorithm: fc.constantFrom(algorithm, undefined),
        ...Object.fromEntries(ALGORITHMS[algorithm].keys.map((key) => [camelCased(key), few])),
      }),
    );
    const others = fc.record(
      { maxConcurrent: few, leaseSeconds: few, limit: few, burst: few, storeId: fc.constant('a') },
      { requiredKeys: [] },
    );
    const limiter = fc
      .tuple(ownKeys, fc.oneof(fc.constant({}), others))
      .map(([own, other]) => ({ ...other, ...own }));
    const store = fc.constantFrom({ strategy: 'memory' }, { url: 'redis://h' }, { url: '' });
    const small = fc.record({
      stores: fc.record({ a: store }),
      limiters: fc.dictionary(fc.constantFrom('x', 'y'), limiter, { minKeys: 1 }),
    });
    fc.assert(
      fc.property(small, (config) => {
        const load = () => parseConfigObject(config, { env: {} });
        if (outcomeOf(load) !== null) return;
        const { stores, limiters } = load();
        expect([stores.length, limiters.length]).toEqual(countsOf(config));
      }),
      { numRuns: 1_000 },
    );
  });

  it('holds for texts, too', () => {
    const pieces = fc.oneof(
      fc.constantFrom('[stores.a]', '[limiters.b]', 'url = "${A}"', 'limit = 1', '[[http]]', '"""'),
      fc.tuple(names, leaves).map(([name, leaf]) => `${name} = ${JSON.stringify(leaf)}`),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(pieces), (lines) => {
        const outcome = outcomeOf(() => parseConfigText(lines.join('\n'), { env: { A: '${A}' } }));
        if (outcome !== null) expect(outcome).toBeInstanceOf(ConfigurationError);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });
});
