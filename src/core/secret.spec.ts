import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from './secret.js';

describe('Secret', () => {
  const secret = new Secret('canary');

  it('returns its text from reveal only', () => {
    expect(secret.reveal()).toBe('canary');
  });

  it.each([
    ['printed', String(secret)],
    ['serialised', JSON.stringify({ secret })],
    ['inspected', inspect({ secret }, { showHidden: true, depth: null })],
  ])('is masked when %s', (_, shown) => {
    expect(shown).toContain('[secret]');
    expect(shown).not.toContain('canary');
  });
});
