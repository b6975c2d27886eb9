import type { HttpSettings } from '../config/index.js';
import { combineIdentifiers } from '../identifiers/identifier.js';
import {
  parseIdentifierSource,
  type IdentifierSourceText,
} from '../identifiers/identifier-source.js';
import { canonicalIp } from '../identifiers/canonical-ip.js';
import { SHARED_BUCKET, identifierFrom } from '../identifiers/hashed-value.js';
import { UsageError } from './command.js';

/** How an operator names a caller. */
export interface NamedCaller {
  /** The values as they are in requests: an address, an e-mail. */
  readonly values: readonly string[];
  /** Where requests have them. */
  readonly sources: readonly IdentifierSourceText[];
}

/** The identifier that the guard counts for a caller. Throws a `UsageError` when a value is missing. */
export function identifierOf(
  { values, sources }: NamedCaller,
  { ipv6Subnet }: Pick<HttpSettings, 'ipv6Subnet'>,
): string {
  const personal = sources.filter((source) => source !== 'global');
  if (values.length !== personal.length) {
    const wanted = personal.length === 0 ? 'no identifier' : personal.join(', then ');
    throw new UsageError(`this limiter counts by ${sources.join(' + ')}: give ${wanted}.`);
  }
  const left = [...values];
  const parts = sources.map((source) =>
    source === 'global' ? SHARED_BUCKET : partOf(source, left.shift() ?? '', ipv6Subnet),
  );
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : combineIdentifiers(...parts);
}

function partOf(source: IdentifierSourceText, value: string, ipv6Subnet: number): string {
  const parsed = parseIdentifierSource(source);
  if (parsed === null || parsed.kind === 'ip' || parsed.kind === 'global') {
    return canonicalIp(value, ipv6Subnet);
  }
  return identifierFrom(`${parsed.kind}:${parsed.name}`, value);
}

/** The sources in `--by SOURCE`, several with `+` between them. Throws a `UsageError`. */
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
