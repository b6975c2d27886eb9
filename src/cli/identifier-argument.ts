import type { HttpSettings } from '../config/index.js';
import { canonicalIp, INVALID_IP } from '../identifiers/canonical-ip.js';
import { SHARED_BUCKET, identifierFrom } from '../identifiers/hashed-value.js';
import { combineIdentifiers } from '../identifiers/identifier.js';
import {
  parseIdentifierSource,
  type IdentifierSourceText,
} from '../identifiers/identifier-source.js';
import { UsageError } from './command.js';
import { withoutControls } from './terminal.js';

/** An identifier on the command line. */
export interface IdentifierArgument {
  /** The values as requests have them: an address, an e-mail address. */
  readonly texts: readonly string[];
  /** The part of a request that each of them comes from. */
  readonly sources: readonly IdentifierSourceText[];
}

/**
 * The identifier as the guard computes it. Throws a `UsageError` when a value is missing or is no IP
 * address where the source is one.
 */
export function identifierOf(
  { texts, sources }: IdentifierArgument,
  { ipv6Subnet }: Pick<HttpSettings, 'ipv6Subnet'>,
): string {
  const valued = sources.filter((source) => source !== 'global');
  if (texts.length !== valued.length) {
    const expected = valued.length === 0 ? 'no identifier' : valued.join(', then ');
    throw new UsageError(`this limiter counts by ${sources.join(' + ')}: pass ${expected}.`);
  }
  const remaining = [...texts];
  const parts = sources.map((source) =>
    source === 'global' ? SHARED_BUCKET : partOf(source, remaining.shift() ?? '', ipv6Subnet),
  );
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : combineIdentifiers(...parts);
}

function partOf(source: IdentifierSourceText, text: string, ipv6Subnet: number): string {
  const parsed = parseIdentifierSource(source);
  if (parsed !== null && parsed.kind !== 'ip' && parsed.kind !== 'global') {
    return identifierFrom(`${parsed.kind}:${parsed.name}`, text);
  }
  const address = canonicalIp(text, ipv6Subnet);
  if (address !== INVALID_IP) return address;
  throw new UsageError(
    `this limiter counts by ${source}, and "${withoutControls(text)}" is no IP address. ` +
      'Pass one such as 192.0.2.1 or 2001:db8::1, or use --by or --raw.',
  );
}

/** The sources in `--by SOURCE`, separated by `+`. Throws a `UsageError`. */
export function readSources(text: string): readonly IdentifierSourceText[] {
  return text.split('+').map((part) => {
    const source = part.trim();
    if (parseIdentifierSource(source) === null) {
      throw new UsageError(
        '--by must be like ip, global, user:id, body:email or header:x-api-key.',
      );
    }
    return source as IdentifierSourceText;
  });
}
