import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineIdentifiers, hashIdentifier, storedIdentifier } from './identifier.js';

/** Strings with many characters that are special here. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: fc.constantFrom(':', '\\', '~', 'a', ''), maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('~', 'a'), minLength: 62, maxLength: 66 }),
);

describe('hashIdentifier', () => {
  it.each([
    ['alice@example.com', {}, '_42YGfwOEr8NJIkuRZh-JJ'],
    ['', {}, '47DEQpj8HBSa-_TImW-5JC'],
    ['grüße 🙂', {}, '_SvCaBcZ84JuGOJuU5Qw9E'],
    ['0'.repeat(100), {}, 'E05lQ93DW0CrtPL4qqotBR'],
    ['alice@example.com', { salt: 'pepper' }, 'iBuGkPawzrHQStdz64TP09'],
    ['alice@example.com', { salt: 'pep:per' }, 'r3hC6ySunxSSRbR99XNxVP'],
    ['alice@example.com', { secret: 'key' }, 'f1hpRy95Nzgu5En6EWZ-HZ'],
    ['alice@example.com', { salt: 'pepper', secret: 'key' }, 'YFxHlxncvcRGzq8zB-Maha'],
  ])('hashes %j with %j to %s', (value, options, hashed) => {
    expect(hashIdentifier(value, options)).toBe(hashed);
  });

  it('is a prefix of SHA-256, or of HMAC-SHA-256 with a secret', () => {
    fc.assert(
      fc.property(anyText, anyText, (value, secret) => {
        const plain = createHash('sha256').update(value).digest('base64url');
        const keyed = createHmac('sha256', secret).update(value).digest('base64url');
        expect(hashIdentifier(value)).toBe(plain.slice(0, 22));
        expect(hashIdentifier(value, { secret })).toBe(keyed.slice(0, 22));
      }),
    );
  });

  it('depends on salt and secret, and differs between a salt and an equal secret', () => {
    const value = 'alice@example.com';
    const all = [
      hashIdentifier(value),
      hashIdentifier(value, { salt: '' }),
      hashIdentifier(value, { secret: '' }),
      hashIdentifier(value, { salt: 'a' }),
      hashIdentifier(value, { salt: 'b' }),
      hashIdentifier(value, { secret: 'a' }),
      hashIdentifier(value, { secret: 'b' }),
      hashIdentifier(value, { salt: 'a', secret: 'b' }),
      hashIdentifier(value, { salt: 'b', secret: 'a' }),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(hashIdentifier('b', { salt: 'a:' })).not.toBe(hashIdentifier(':b', { salt: 'a' }));
  });
});

describe('combineIdentifiers', () => {
  it.each([
    [['a'], 'a'],
    [['a', 'b'], 'a:b'],
    [['a:b', 'c'], 'a\\:b:c'],
    [['a', 'b:c'], 'a:b\\:c'],
    [['a\\', 'b'], 'a\\\\:b'],
    [['a', '', 'b'], 'a::b'],
    [['', ''], ':'],
  ])('joins %j to %s', (parts, combined) => {
    expect(combineIdentifiers(...parts)).toBe(combined);
  });

  it('returns different identifiers for different parts', () => {
    const parts = fc.array(anyText, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(combineIdentifiers(...a) === combineIdentifiers(...b)).toBe(same);
      }),
      { numRuns: 1_000 },
    );
  });

  it('returns different identifiers for regrouped parts', () => {
    const text = fc.string({ unit: fc.constantFrom(':', '\\', 'a'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(text, fc.nat(8), fc.nat(8), (whole, i, j) => {
        const cut = (at: number): string =>
          combineIdentifiers(whole.slice(0, at % whole.length), whole.slice(at % whole.length));
        expect(cut(i) === cut(j)).toBe(i % whole.length === j % whole.length);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('storedIdentifier', () => {
  it.each([
    ['', ''],
    ['alice', 'alice'],
    ['a~b', 'a~b'],
    ['{user}:%\n\0', '{user}:%\n\0'],
    ['a'.repeat(64), 'a'.repeat(64)],
  ])('keeps %j unchanged', (identifier, stored) => {
    expect(storedIdentifier(identifier)).toBe(stored);
  });

  it.each(['a'.repeat(65), '~', '~alice', 'x'.repeat(1_000_000)])(
    'hashes an identifier that is long or begins like a hash',
    (identifier) => {
      const digest = createHash('sha256').update(identifier, 'utf16le').digest('base64url');
      expect(storedIdentifier(identifier)).toBe(`~${digest.slice(0, 22)}`);
    },
  );

  it('never maps the hash of a long identifier to the bucket of that identifier', () => {
    const long = 'a'.repeat(65);
    expect(storedIdentifier(storedIdentifier(long))).not.toBe(storedIdentifier(long));
  });

  it('returns different forms of at most 64 characters for different identifiers', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(storedIdentifier(a) === storedIdentifier(b)).toBe(a === b);
        expect(storedIdentifier(a).length).toBeLessThanOrEqual(64);
      }),
      { numRuns: 1_000 },
    );
  });

  it('distinguishes long identifiers that are ill-formed Unicode', () => {
    const tail = 'a'.repeat(64);
    const [first, second] = [`\ud800${tail}`, `\udbff${tail}`];
    expect(storedIdentifier(first)).not.toBe(storedIdentifier(second));
  });
});
