import { z } from 'zod';

/** What a key holds, as far as a text from the environment has to be turned into it. */
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

/** What the values of a key's schema are. */
export function kindOf(schema: unknown): ValueKind {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return kindOf(schema.unwrap());
  }
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  return schema instanceof z.ZodArray || schema instanceof z.ZodUnion ? 'list' : 'text';
}

/**
 * Turns a text from the environment into what its key holds. A text that cannot be turned comes
 * back as it is, for the schema to refuse.
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

/** Reads true/false, 1/0, yes/no and on/off in any case; null when the text is none of them. */
export function parseBoolean(text: string): boolean | null {
  return BOOLEANS.get(text.trim().toLowerCase()) ?? null;
}

function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
