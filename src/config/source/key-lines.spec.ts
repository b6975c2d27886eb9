import { describe, expect, it } from 'vitest';
import { locateKeys } from './key-lines.js';

const lines = (...text: readonly string[]) => locateKeys(text.join('\n'));

describe('locateKeys', () => {
  it('finds keys, tables and missing keys', () => {
    const lineOf = lines('# a comment', '', '[limiters.a]', 'limit = 1', '[limiters.b]');
    expect(lineOf(['limiters', 'a'])).toBe(3);
    expect(lineOf(['limiters', 'a', 'limit'])).toBe(4);
    expect(lineOf(['limiters', 'a', 'window_seconds'])).toBe(3);
    expect(lineOf(['limiters', 'b', 'limit'])).toBe(5);
    expect(lineOf(['limiters'])).toBe(3);
    expect(lineOf(['stores'])).toBeNull();
    expect(lineOf([])).toBeNull();
  });

  it('finds dotted keys and inline tables', () => {
    const lineOf = lines('x.y.z = 1', 'http = { errors = "nest", a.b = 2 }', '"q.r"."s" = 1');
    expect(lineOf(['x', 'y', 'z'])).toBe(1);
    expect(lineOf(['http', 'errors'])).toBe(2);
    expect(lineOf(['http', 'a', 'b'])).toBe(2);
    expect(lineOf(['q.r', 's'])).toBe(3);
  });

  it('counts a statement of several lines from its first', () => {
    const lineOf = lines(
      'urls = [ # comment',
      '  "a", # [table]',
      '  "b"',
      ']',
      'text = """',
      '[not.a.table]',
      'key = 1',
      '"""',
      'last = 1',
    );
    expect(lineOf(['urls', 1])).toBe(1);
    expect(lineOf(['text'])).toBe(5);
    expect(lineOf(['not'])).toBeNull();
    expect(lineOf(['key'])).toBeNull();
    expect(lineOf(['last'])).toBe(9);
  });

  it('prefers the header of a table to an earlier mention', () => {
    const lineOf = lines('[stores.a.circuit_breaker]', 'timeout = 1', '[stores.a]');
    expect(lineOf(['stores', 'a'])).toBe(3);
    expect(lineOf(['stores', 'a', 'circuit_breaker', 'timeout'])).toBe(2);
  });

  it('takes arrays of tables, CRLF, tabs and a byte order mark', () => {
    const lineOf = locateKeys('\ufeff[[a]]\r\nx = 1\r\n\t[b]\r\n\ty = """\r\n"""\r\nz = 1');
    expect(lineOf(['a', 'x'])).toBe(2);
    expect(lineOf(['b'])).toBe(3);
    expect(lineOf(['b', 'z'])).toBe(6);
  });

  it('finds names with a special meaning in JavaScript', () => {
    const lineOf = lines('[__proto__]', 'x = 1', '[a]', 'constructor = 1');
    expect(lineOf(['__proto__', 'x'])).toBe(2);
    expect(lineOf(['a', 'constructor'])).toBe(4);
    expect(lineOf(['a', 'toString'])).toBe(3);
  });

  it('has no lines for keys after an overlong statement', () => {
    const lineOf = lines('a = 1', 'b = [', ...Array<string>(600).fill('1,'), ']', 'c = 1');
    expect(lineOf(['a'])).toBe(1);
    expect(lineOf(['c'])).toBeNull();
  });
});
