import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COUNTER_LETTERS, kindOf } from './algorithms.js';

const luaTable = /local counters, slots = \{(?<rows>[^}]*)\}/;
const decide = readFileSync(new URL('../lua/decide.lua', import.meta.url), 'utf8');

describe('the letters of the counters', () => {
  it('are those of the script', () => {
    const rows = luaTable.exec(decide)?.groups?.['rows'] ?? '';
    expect([...rows.matchAll(/(\w+) =/g)].map(([, letter]) => letter)).toEqual(COUNTER_LETTERS);
  });

  it('are one character each, all different, and none that other keys end in', () => {
    expect(COUNTER_LETTERS.every((letter) => /^[a-z]$/.test(letter))).toBe(true);
    expect(new Set([...COUNTER_LETTERS, 's', 'q', 'u']).size).toBe(COUNTER_LETTERS.length + 3);
  });
});

describe('the kind of a request', () => {
  const concurrency = { maxConcurrent: 1, leaseMs: 1_000 };

  it.each([
    ['b', { algorithm: 'token_bucket', ratePerSecond: 1, burst: 1 }, false],
    ['bs', { algorithm: 'token_bucket', ratePerSecond: 1, burst: 1, concurrency }, true],
    ['w', { algorithm: 'sliding_window', limit: 1, windowMs: 1_000 }, false],
    ['ws', { algorithm: 'sliding_window', limit: 1, windowMs: 1_000, concurrency }, true],
    ['s', { algorithm: 'concurrency', concurrency }, true],
  ] as const)('is %s', (kind, policy, hasSlots) => {
    expect(kindOf(policy, hasSlots)).toBe(kind);
  });
});
