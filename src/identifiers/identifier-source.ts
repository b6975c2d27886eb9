/** The parts of a request that a named source can read a value from. */
const NAMED_SOURCES = ['header', 'body', 'query', 'param', 'user'] as const;

/** A part of a request with named values. */
export type NamedSource = (typeof NAMED_SOURCES)[number];

/** How a limiter finds out who is calling, spelled as in `rate-sync.toml`. */
export type IdentifierSourceText = 'ip' | 'global' | `${NamedSource}:${string}`;

/** An identifier source, parsed. */
export type ParsedIdentifierSource =
  | { readonly kind: 'ip' }
  | { readonly kind: 'global' }
  | { readonly kind: NamedSource; readonly name: string };

/** Reads `ip`, `global` or `part:name`; null when the text is none of them. */
export function parseIdentifierSource(text: string): ParsedIdentifierSource | null {
  if (text === 'ip' || text === 'global') return { kind: text };
  const colon = text.indexOf(':');
  const kind = NAMED_SOURCES.find((source) => source === text.slice(0, colon));
  const name = text.slice(colon + 1).trim();
  if (kind === undefined || colon === -1 || name === '') return null;
  return { kind, name: kind === 'header' ? name.toLowerCase() : name };
}

/** What a source may be, for messages. */
export const IDENTIFIER_SOURCE_FORMS =
  '"ip", "global", "header:NAME", "body:FIELD", "query:NAME", "param:NAME" or "user:FIELD"';
