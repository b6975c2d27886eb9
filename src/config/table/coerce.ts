import { z } from 'zod';

/** The kind of value that a text from the environment is converted to. */
export type ValueKind = 'text' | 'number' | 'boolean' | 'list';

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
]);

/** The kind of the values of a schema. */
export function kindOf(schema: unknown): ValueKind {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return kindOf(schema.unwrap());
  }
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  return schema instanceof z.ZodArray || schema instanceof z.ZodUnion ? 'list' : 'text';
}

/**
 * Converts a text from the environment to the kind of its key. A text that cannot be converted is
 * returned as it is, and the schema rejects it.
 *
 * Numbers are decimal, with an optional exponent; lists are separated by commas.
 */
export function coerce(text: string, kind: ValueKind): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'number':
      return DECIMAL.test(text.trim()) ? Number(text) : text;
    case 'boolean':
      return parseBoolean(text) ?? text;
    case 'list':
      return splitList(text);
  }
}

/** Parses true/false, 1/0, yes/no and on/off in any case; null for other texts. */
export function parseBoolean(text: string): boolean | null {
  return BOOLEANS.get(text.trim().toLowerCase()) ?? null;
}

function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
