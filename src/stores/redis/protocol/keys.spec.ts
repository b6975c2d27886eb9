import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findHashTag, KeyNames, hashSlotOf } from './keys.js';
import { Secret } from '../../../core/secret.js';

const bucket = { algorithm: 'token_bucket', ratePerSecond: 1, burst: 1 } as const;
const names = new KeyNames('rs', null);

describe('the names of keys', () => {
  it('never hold the identifier', () => {
    const tag = names.hashTagOf('ada@example.org');
    const keys = [names.units('login', tag, bucket), ...names.all('login', tag)];
    for (const key of keys) expect(key).not.toContain('ada');
    expect(keys[0]).toMatch(/^rs:v1:\{[\w-]{22}\}login:b$/);
  });

  it('are short and share a hash slot, whatever the identifier is', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(anything, (identifier) => {
        const keys = names.all('x'.repeat(64), names.hashTagOf(identifier));
        expect(Math.max(...keys.map(({ length }) => length))).toBeLessThanOrEqual(160);
        expect(new Set(keys.map(hashSlotOf)).size).toBe(1);
      }),
    );
  });

  it('differ for identifiers that differ, also for text without a UTF-8 form', () => {
    const lone = ['\ud800', '\ud801', '\udc00', '\ufffd', '\u0000\ud800', ''];
    expect(new Set(lone.map((identifier) => names.hashTagOf(identifier))).size).toBe(lone.length);
  });

  it('separate limiters from identifiers: the same text in another place is another key', () => {
    const [a, b] = [names.hashTagOf('ip:1'), names.hashTagOf('1')];
    expect(names.units('login', a, bucket)).not.toBe(names.units('login:ip', b, bucket));
  });
});

describe('D15: the hash tag of an identifier', () => {
  const secretOf = (text: string) => new Secret(text);
  const secret = secretOf('0123456789abcdef');

  it('is the beginning of its SHA-256 without a secret, so that counts survive an upgrade', () => {
    expect(names.hashTagOf('203.0.113.7')).toBe('_sUlZaoM8Y9X189bOscoUD');
  });

  it('is the beginning of its HMAC-SHA-256 with one, also from the cache', () => {
    const keyed = new KeyNames('rs', secret);
    const hmac = createHmac('sha256', secret.reveal()).update('203.0.113.7').digest('base64url');
    expect(keyed.hashTagOf('203.0.113.7')).toBe(hmac.slice(0, 22));
    expect(keyed.hashTagOf('203.0.113.7')).toBe(hmac.slice(0, 22));
  });

  it('differs with every secret, for text without a UTF-8 form too', () => {
    const others = [names, new KeyNames('rs', secret), new KeyNames('rs', secretOf('other'))];
    for (const identifier of ['203.0.113.7', '', '\ud800']) {
      expect(new Set(others.map((each) => each.hashTagOf(identifier))).size).toBe(others.length);
    }
  });
});

describe('a hash tag for a hash slot', () => {
  it.each([0, 5_000, 16_383])('is found for hash slot %d', (wanted) => {
    const tag = findHashTag((slot) => slot === wanted) ?? '';
    expect(hashSlotOf(`rs:v1:{${tag}}:probe`)).toBe(wanted);
  });

  it('is null when no hash slot is wanted', () => {
    expect(findHashTag(() => false)).toBeNull();
  });
});
