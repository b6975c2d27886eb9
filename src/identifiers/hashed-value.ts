import { shown } from '../core/checked-values.js';
import { InvalidUsageError } from '../core/errors/index.js';
import { hashIdentifier } from './identifier.js';
import { parseIdentifierSource, type NamedSource } from './identifier-source.js';
import { Memo } from '../core/memo.js';
import { textOf } from './value-text.js';

/** The identifier of the bucket that all requests share. */
export const SHARED_BUCKET = '';

/** Whether case is ignored (`any_case`, as for an e-mail) or significant (as for an API key). */
export type Spelling = 'any_case' | 'as_is';

/** A value as a hashed identifier, or null when it is missing or has no single text. */
export function hashedValue(value: unknown, spelling: Spelling): string | null {
  const text = textOf(value);
  if (text === null) return null;
  const hash = hashes[spelling].get(text);
  return hash === '' ? null : hash;
}

/** Caches of hashes; empty for a value of white space only. */
const hashes: Readonly<Record<Spelling, Memo>> = {
  any_case: new Memo((value) => hashOf(value, 'any_case')),
  as_is: new Memo((value) => hashOf(value, 'as_is')),
};

function hashOf(value: string, spelling: Spelling): string {
  const text = normalised(value, spelling);
  return text === '' ? '' : hashIdentifier(text);
}

/** Text that normalisation does not change, apart from its case: most values. */
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * The normal form of a value: compatibility characters composed (Unicode NFKC), invisible characters
 * removed, surrounding white space trimmed, lower case where case is ignored.
 */
export function normalised(text: string, spelling: Spelling): string {
  const composed = PLAIN.test(text) ? text : text.normalize('NFKC').replace(INVISIBLE, '').trim();
  return spelling === 'any_case' ? composed.toLowerCase() : composed;
}

/**
 * The identifier that the guard derives from a value of a source, for calls outside of a request:
 * `loginCredential.reset(identifierFrom('body:email', 'Ada@Example.org'))` resets the limit that
 * `by: 'body:email'` counts for this address. For `ip` use `canonicalIp` with the address of the client.
 * Values of a source that is a function count like those of `user:…`. Throws `InvalidUsageError` for
 * other sources.
 */
export function identifierFrom(source: `${NamedSource}:${string}`, value: string): string {
  const kind = typeof source === 'string' ? parseIdentifierSource(source)?.kind : undefined;
  if (kind === undefined || kind === 'ip' || kind === 'global') {
    throw new InvalidUsageError(
      `identifierFrom requires a source with a named value, as in "body:email", not ${shown(source)}. For an address use canonicalIp.`,
    );
  }
  const spelling = kind === 'body' || kind === 'query' ? 'any_case' : 'as_is';
  return hashedValue(value, spelling) ?? SHARED_BUCKET;
}
