import { describe, expect, it } from 'vitest';
import { describeKind, describeName, describeValue, listOf } from './describe-value.js';

describe('describeValue', () => {
  it.each([
    ['text', '"text"'],
    ['a"b', String.raw`"a\"b"`],
    ['a\r\nb', String.raw`"a\r\nb"`],
    ['a\u202eb\u2028', String.raw`"a\u{202e}b\u{2028}"`],
    ['x'.repeat(300), `"${'x'.repeat(40)}…"`],
    ['😀'.repeat(41), `"${'😀'.repeat(40)}…"`],
    ['redis://:canary@host', '"(an address)"'],
    ['canary@host', '"(an address)"'],
    [-1.5, '-1.5'],
    [Number.NaN, 'NaN'],
    [true, 'true'],
    [10n, 'a bigint'],
    [null, 'null'],
    [[1], 'an array'],
    [{}, 'a table'],
    [Object.create(null), 'a table'],
    [new Date(), 'a date'],
    [new Map(), 'an object of another kind'],
  ])('describes a value of its kind: %#', (value, expected) => {
    expect(describeValue(value)).toBe(expected);
  });
});

describe('describeKind', () => {
  it('never shows the content', () => {
    expect(describeKind('canary')).toBe('a string');
    expect(describeKind('')).toBe('an empty string');
    expect(describeKind(1)).toBe('a number');
  });
});

describe('describeName', () => {
  it.each([
    ['login_ip', 'login_ip'],
    ['a.b', '"a.b"'],
    ['', '""'],
    ['x'.repeat(300), `${'x'.repeat(40)}…`],
  ])('writes %j', (name, expected) => {
    expect(describeName(name)).toBe(expected);
  });
});

describe('listOf', () => {
  it('joins names', () => {
    expect(listOf([], 'and')).toBe('');
    expect(listOf(['a'], 'and')).toBe('a');
    expect(listOf(['a', 'b', 'c'], 'or')).toBe('a, b or c');
  });
});
