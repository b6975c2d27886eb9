import { createHmac, hash } from 'node:crypto';

/** Options of `hashIdentifier`. */
export interface HashIdentifierOptions {
  /** Mixed in front of the value: the same value hashes differently under another salt. */
  readonly salt?: string | undefined;
  /** Makes the hash an HMAC, so that only who knows the secret can test a guess. */
  readonly secret?: string | undefined;
}

/** Base64url characters that carry 128 bits. */
const HASH_LENGTH = 22;

/**
 * Hashes a personal value (an e-mail, an API key) into an identifier of 22 characters.
 *
 * SHA-256, or HMAC-SHA-256 when there is a secret, cut to 128 bits, base64url. Without a secret
 * anybody can test a guess, so give one where the values are few (phone numbers, IPv4 addresses).
 */
export function hashIdentifier(value: string, options: HashIdentifierOptions = {}): string {
  const { salt, secret } = options;
  const text = salt === undefined ? value : combineIdentifiers(salt, value);
  const digest =
    secret === undefined
      ? hash('sha256', text, 'base64url')
      : createHmac('sha256', secret).update(text).digest('base64url');
  return digest.slice(0, HASH_LENGTH);
}

/**
 * Joins parts into one identifier without collisions: `('a:b', 'c')` and `('a', 'b:c')` differ, and
 * so do `('a', '', 'b')` and `('a', 'b')`. A `:` or `\` inside a part is escaped with `\`.
 */
export function combineIdentifiers(...parts: readonly string[]): string {
  return parts.map((part) => part.replace(/[\\:]/g, '\\$&')).join(':');
}

const MAX_STORED_LENGTH = 64;
const HASHED_MARK = '~';

/**
 * The form of an identifier that a store sees: at most 64 characters.
 *
 * Longer ones are hashed, by their UTF-16 code units, because text that is not well-formed has no
 * UTF-8 of its own. So are short ones that begin like a hash, which keeps the mapping free of
 * collisions: nobody can name the bucket of a long identifier by its hash.
 */
export function storedIdentifier(identifier: string): string {
  if (identifier.length <= MAX_STORED_LENGTH && identifier[0] !== HASHED_MARK) {
    return identifier;
  }
  const bytes = Buffer.from(identifier, 'utf16le');
  return HASHED_MARK + hash('sha256', bytes, 'base64url').slice(0, HASH_LENGTH);
}
