import { coerce, type ValueKind } from './coerce.js';
import { expandVariables, type Environment } from './environment.js';
import type { ReadingContext } from './reading-context.js';

/** The most items that an array may have. */
const MAX_ITEMS = 1000;

/** The value of a key with its variables expanded. */
export type ResolvedValue =
  | { readonly kind: 'value'; readonly value: unknown; readonly variables: readonly string[] }
  | { readonly kind: 'empty' }
  | { readonly kind: 'failed'; readonly problem: string };

/**
 * Expands the variables in a value, and converts the result to the kind of the key. A value without
 * variables stays as it is, whatever its type.
 *
 * A value that becomes the empty string counts as absent, unless a number or a boolean is expected
 * and a variable has no default.
 */
export function resolveValue(
  raw: unknown,
  kind: ValueKind,
  { syntax, env }: ReadingContext,
): ResolvedValue {
  if (Array.isArray(raw) && raw.length > MAX_ITEMS) {
    return { kind: 'failed', problem: `has more than ${String(MAX_ITEMS)} items.` };
  }
  if (!syntax.expandsVariables) return unchanged(raw);
  if (typeof raw === 'string') return resolveText(raw, kind, env);
  return Array.isArray(raw) ? resolveItems(raw, env) : unchanged(raw);
}

function resolveText(raw: string, kind: ValueKind, env: Environment): ResolvedValue {
  const expansion = expandVariables(raw, env);
  if (expansion.kind === 'literal') return unchanged(raw);
  if (expansion.kind === 'failed') return expansion;
  const { text, variables } = expansion;
  const mayBeEmpty = kind === 'text' || kind === 'list' || variables.optional;
  if (text === '' && mayBeEmpty) return { kind: 'empty' };
  return { kind: 'value', value: coerce(text, kind), variables: variables.names };
}

function resolveItems(raw: readonly unknown[], env: Environment): ResolvedValue {
  const items = raw.map((item) =>
    typeof item === 'string' ? resolveText(item, 'text', env) : unchanged(item),
  );
  const values: unknown[] = [];
  const variables = new Set<string>();
  for (const item of items) {
    if (item.kind === 'failed') return item;
    if (item.kind === 'empty') continue;
    values.push(item.value);
    item.variables.forEach((name) => variables.add(name));
  }
  if (values.length === 0 && items.length > 0) return { kind: 'empty' };
  return { kind: 'value', value: values, variables: [...variables] };
}

function unchanged(value: unknown): ResolvedValue {
  return { kind: 'value', value, variables: [] };
}
