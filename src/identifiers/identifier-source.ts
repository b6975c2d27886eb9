/** The parts of a request that have named values. */
const NAMED_SOURCES = ['header', 'body', 'query', 'param', 'user'] as const;

/** A part of a request with named values. */
export type NamedSource = (typeof NAMED_SOURCES)[number];

/** Where the identifier of a request comes from, as written in `rate-sync.toml`. */
export type IdentifierSourceText = 'ip' | 'global' | `${NamedSource}:${string}`;

/** A parsed identifier source. */
export type ParsedIdentifierSource =
  | { readonly kind: 'ip' }
  | { readonly kind: 'global' }
  | { readonly kind: NamedSource; readonly name: string };

/** Parses `ip`, `global` or `part:name`; null for any other text. */
export function parseIdentifierSource(text: string): ParsedIdentifierSource | null {
  if (text === 'ip' || text === 'global') return { kind: text };
  const colon = text.indexOf(':');
  const kind = NAMED_SOURCES.find((source) => source === text.slice(0, colon));
  const name = text.slice(colon + 1).trim();
  if (kind === undefined || colon === -1 || name === '') return null;
  return { kind, name: kind === 'header' ? name.toLowerCase() : name };
}

/** The forms of a source, for messages. */
export const IDENTIFIER_SOURCE_FORMS =
  '"ip", "global", "header:NAME", "body:FIELD", "query:NAME", "param:NAME" or "user:FIELD"';
