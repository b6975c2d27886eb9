import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { coerce, kindOf, type ValueKind } from './coerce.js';

describe('coerce', () => {
  it.each<[string, ValueKind, unknown]>([
    ['50', 'number', 50],
    [' 0.1 ', 'number', 0.1],
    ['1e3', 'number', 1000],
    ['-.5', 'number', -0.5],
    ['0123', 'number', 123],
    ['abc', 'number', 'abc'],
    ['', 'number', ''],
    ['0x10', 'number', '0x10'],
    ['Infinity', 'number', 'Infinity'],
    ['NaN', 'number', 'NaN'],
    ['1,5', 'number', '1,5'],
    ['1_000', 'number', '1_000'],
    [`${'1'.repeat(100_000)}x`, 'number', `${'1'.repeat(100_000)}x`],
    ['true', 'boolean', true],
    ['TRUE', 'boolean', true],
    ['1', 'boolean', true],
    ['yes', 'boolean', true],
    ['On', 'boolean', true],
    ['false', 'boolean', false],
    ['0', 'boolean', false],
    ['no', 'boolean', false],
    [' off ', 'boolean', false],
    ['maybe', 'boolean', 'maybe'],
    ['0123', 'text', '0123'],
    ['true', 'text', 'true'],
    [' a ', 'text', ' a '],
    ['a, b,,c,', 'list', ['a', 'b', 'c']],
    ['a', 'list', ['a']],
    ['', 'list', []],
  ])('turns %j for a %s', (text, kind, expected) => {
    expect(coerce(text, kind)).toEqual(expected);
  });
});

describe('kindOf', () => {
  it.each([
    [z.int().min(1), 'number'],
    [z.number().default(1), 'number'],
    [z.boolean().optional(), 'boolean'],
    [z.string().min(1).optional().describe('a text'), 'text'],
    [z.enum(['a']).default('a'), 'text'],
    [z.array(z.string()).optional(), 'list'],
    [z.union([z.string(), z.array(z.string())]), 'list'],
  ])('sees through wrappers: %#', (schema, kind) => {
    expect(kindOf(schema)).toBe(kind);
  });
});
