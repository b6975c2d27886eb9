import { shown } from '../core/checked-values.js';
import { InvalidUsageError } from '../core/errors/index.js';
import { hashIdentifier } from './identifier.js';
import { parseIdentifierSource, type NamedSource } from './identifier-source.js';
import { Memo } from '../core/memo.js';
import { textOf } from './value-text.js';

/** The bucket of all callers together. */
export const EVERYBODY = '';

/** Whether spellings that differ in case mean the same (an e-mail does, an API key does not). */
export type Spelling = 'any_case' | 'as_is';

/** A value as a hashed identifier, or null when it is missing or has no one text. */
export function personal(value: unknown, spelling: Spelling): string | null {
  const text = textOf(value);
  if (text === null) return null;
  const hash = hashes[spelling].get(text);
  return hash === '' ? null : hash;
}

/** The hashes of the values that came last; empty for a value that is nothing but space. */
const hashes: Readonly<Record<Spelling, Memo>> = {
  any_case: new Memo((value) => hashOf(value, 'any_case')),
  as_is: new Memo((value) => hashOf(value, 'as_is')),
};

function hashOf(value: string, spelling: Spelling): string {
  const text = normalise(value, spelling);
  return text === '' ? '' : hashIdentifier(text);
}

/** Text that has one spelling only, apart from its case: nearly all there is. */
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * One text for the spellings of one value: compatibility characters composed (Unicode NFKC), what
 * cannot be seen removed, spaces around it trimmed, lower case where case means nothing.
 */
export function normalise(text: string, spelling: Spelling): string {
  const composed = PLAIN.test(text) ? text : text.normalize('NFKC').replace(INVISIBLE, '').trim();
  return spelling === 'any_case' ? composed.toLowerCase() : composed;
}

/**
 * The identifier that the guard uses for a value of a source, for calls outside of a request:
 * `loginCredential.reset(identifierFrom('body:email', 'Ada@Example.org'))` lifts the limit that
 * `by: 'body:email'` counts for this address. For `ip` give the address as a client sends it and
 * use `canonicalIp`; a function as a source counts like `user:…`. Throws `InvalidUsageError` for what
 * is no such source.
 */
export function identifierFrom(source: `${NamedSource}:${string}`, value: string): string {
  const kind = typeof source === 'string' ? parseIdentifierSource(source)?.kind : undefined;
  if (kind === undefined || kind === 'ip' || kind === 'global') {
    throw new InvalidUsageError(
      `identifierFrom knows the sources that name a value, as in "body:email", not ${shown(source)}. For an address use canonicalIp.`,
    );
  }
  const spelling = kind === 'body' || kind === 'query' ? 'any_case' : 'as_is';
  return personal(value, spelling) ?? EVERYBODY;
}
