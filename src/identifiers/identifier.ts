import { createHmac, hash } from 'node:crypto';

/** Options of `hashIdentifier`. */
export interface HashIdentifierOptions {
  /** Prepended to the value: the same value has another hash under another salt. */
  readonly salt?: string | undefined;
  /** Makes the hash an HMAC, so that testing a guess requires the secret. */
  readonly secret?: string | undefined;
}

/** Base64url characters that carry 128 bits. */
const HASH_LENGTH = 22;

/**
 * Hashes a personal value (an e-mail, an API key) into an identifier of 22 characters.
 *
 * SHA-256, or HMAC-SHA-256 with a secret, truncated to 128 bits, base64url. Without a secret, guesses
 * can be tested by hashing them: use a secret for small value spaces (phone numbers, IPv4 addresses).
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
 * The form of an identifier in a store: at most 64 characters.
 *
 * Longer identifiers are hashed by their UTF-16 code units, because ill-formed text has no distinct
 * UTF-8 encoding. So are short ones that begin like a hash, which keeps the mapping free of collisions:
 * the hash of a long identifier, used as an identifier, does not refer to the bucket of the long one.
 */
export function storedIdentifier(identifier: string): string {
  if (identifier.length <= MAX_STORED_LENGTH && identifier[0] !== HASHED_MARK) {
    return identifier;
  }
  const bytes = Buffer.from(identifier, 'utf16le');
  return HASHED_MARK + hash('sha256', bytes, 'base64url').slice(0, HASH_LENGTH);
}
