import { describe, expect, it } from 'vitest';
import { didYouMean, nearestName } from './did-you-mean.js';

const known = ['public', 'authenticated', 'login_ip', 'login_credential', 'stripe_api'];

describe('nearestName', () => {
  it.each([
    ['public', 'public', 'the name itself'],
    ['publc', 'public', 'a letter left out'],
    ['publlic', 'public', 'a letter too many'],
    ['pvblic', 'public', 'a wrong letter'],
    ['pulbic', 'public', 'two letters swapped'],
    ['PUBLIC', 'public', 'upper case'],
    ['login-ip', 'login_ip', 'another separator'],
    ['loginIp', 'login_ip', 'camelCase'],
    ['login_credentials', 'login_credential', 'a plural'],
    ['login_credental', 'login_credential', 'the longer of two similar ones'],
    ['authentictaed', 'authenticated', 'a swap in a long name'],
  ])('matches %s to %s: %s', (name, nearest) => {
    expect(nearestName(name, known)).toBe(nearest);
  });

  it.each([
    ['metrics', 'another word'],
    ['', 'nothing'],
    ['x', 'one letter'],
    ['p'.repeat(101), 'a text that is no name'],
  ])('returns null for %s: %s', (name) => {
    expect(nearestName(name, known)).toBeNull();
  });

  it('returns null without known names', () => {
    expect(nearestName('public', [])).toBeNull();
  });

  it('returns the first of equally near names', () => {
    expect(nearestName('api_c', ['api_a', 'api_b'])).toBe('api_a');
  });

  it('prefers an exact match to one in another case', () => {
    expect(nearestName('Public', ['Public', 'public'])).toBe('Public');
  });
});

describe('didYouMean', () => {
  it('suggests the nearest name, or returns an empty string', () => {
    expect(didYouMean('publc', known)).toBe(' Did you mean "public"?');
    expect(didYouMean('metrics', known)).toBe('');
  });
});
