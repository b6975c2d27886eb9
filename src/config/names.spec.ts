import { describe, expect, it } from 'vitest';
import { problemsIn } from '../../test/support/config-problems.js';

const STORE = '[stores.main]\nstrategy = "memory"\n';

describe('names', () => {
  it.each(['hasOwnProperty', 'toString', 'valueOf', '0', 'a-b_C', 'x'.repeat(64)])(
    'may be %s',
    (name) => {
      expect(problemsIn(`${STORE}[limiters.${name}]\nrate_per_second = 1`)).toBe('');
      expect(
        problemsIn(`[stores.${name}]\nstrategy = "memory"\n[limiters.x]\nrate_per_second = 1`),
      ).toBe('');
    },
  );

  it.each([
    ['"a.b"', '"a.b"'],
    ['"a b"', '"a b"'],
    ['"{a}"', '"{a}"'],
    ['"a:b"', '"a:b"'],
    [String.raw`'a"b'`, String.raw`"a\"b"`],
    [String.raw`"a\r\nb"`, String.raw`"a\r\nb"`],
    ['"naïve"', '"naïve"'],
    ['""', '""'],
    ['_a', '_a'],
    ['-a', '-a'],
    ['x'.repeat(65), `${'x'.repeat(40)}…`],
    ['x'.repeat(300), `${'x'.repeat(40)}…`],
  ])('may not be %s', (name, shown) => {
    const problem =
      'invalid name: begin with a letter or digit, and use at most 64 letters, digits, "_" and "-".';
    expect(problemsIn(`${STORE}[limiters.${name}]\nrate_per_second = 1`)).toBe(
      `limiters.${shown} (3): ${problem}`,
    );
    expect(
      problemsIn(`[limiters.x]\nrate_per_second = 1\n[stores.${name}]\nstrategy = "memory"`),
    ).toBe(`stores.${shown} (3): ${problem}`);
  });

  it.each(['__proto__', 'constructor', 'prototype'])('may not be %s, at any level', (name) => {
    const problem = 'reserved name: it has a special meaning in JavaScript.';
    const good = `${STORE}[limiters.x]\nrate_per_second = 1\n`;
    for (const path of [
      name,
      `stores.${name}`,
      `limiters.${name}`,
      `limiters.x.${name}`,
      `http.${name}`,
      `stores.main.circuit_breaker.${name}`,
    ]) {
      expect(problemsIn(`${good}[${path}]\nmax_keys = 1`)).toContain(`${path} (5): ${problem}`);
    }
    expect(Object.prototype).not.toHaveProperty('max_keys');
  });
});
