import { combineIdentifiers } from '../../identifiers/identifier.js';
import {
  parseIdentifierSource,
  type IdentifierSourceText,
} from '../../identifiers/identifier-source.js';
import { allCalled, whenReady, type MaybePromise } from '../../core/maybe-promise.js';
import { SHARED_BUCKET, hashedValue } from '../../identifiers/hashed-value.js';
import type { IdentifierSource, RateLimitContext } from '../decorators/rules.js';
import type { RateLimitTransport } from '../transports/transport.js';
import type { FallbackWarnings } from './fallback-warnings.js';

/** Computes the identifier of a call. */
export type IdentifyCaller = (context: RateLimitContext) => MaybePromise<string>;

/** What the sources of all rules share. */
export interface IdentifyServices {
  readonly transport: RateLimitTransport;
  readonly fallbacks: FallbackWarnings;
}

/**
 * Prepares the sources of a rule of a limiter, once per route. Several are combined without
 * collisions.
 */
export function identifyCaller(
  sources: readonly IdentifierSource[],
  limiterId: string,
  services: IdentifyServices,
): IdentifyCaller {
  const each = sources.map((source) => identifyByOne(source, limiterId, services));
  const [only] = each;
  if (only !== undefined && each.length === 1) return only;
  return (context) =>
    whenReady(allCalled(each.map((identify) => () => identify(context))), (parts) =>
      combineIdentifiers(...parts),
    );
}

function identifyByOne(
  source: IdentifierSource,
  limiterId: string,
  { transport, fallbacks }: IdentifyServices,
): IdentifyCaller {
  const byAddress = (value: unknown, context: RateLimitContext): string => {
    fallbacks.explain({ limiterId, source, value, context });
    return transport.addressOf(context);
  };
  if (typeof source === 'function') {
    return (context) =>
      whenReady(
        source(context),
        (value) => hashedValue(value, 'as_is') ?? byAddress(value, context),
      );
  }
  const reader = readerOf(source, transport);
  if (reader === 'ip') return (context) => transport.addressOf(context);
  if (reader === 'global') return () => SHARED_BUCKET;
  const { valueIn, spelling } = reader;
  return (context) => {
    const value = valueIn(context);
    return hashedValue(value, spelling) ?? byAddress(value, context);
  };
}

interface Reader {
  readonly valueIn: (context: RateLimitContext) => unknown;
  readonly spelling: 'any_case' | 'as_is';
}

function readerOf(
  source: IdentifierSourceText,
  transport: RateLimitTransport,
): Reader | 'ip' | 'global' {
  const parsed = parseIdentifierSource(source);
  if (parsed === null || parsed.kind === 'ip') return 'ip';
  if (parsed.kind === 'global') return 'global';
  const { kind, name } = parsed;
  const spelling = kind === 'body' || kind === 'query' ? 'any_case' : 'as_is';
  const path = kind === 'header' ? [name] : name.split('.');
  const read = kind === 'user' ? claimOf : valueAt;
  return { valueIn: (context) => read(transport.partOf(kind, context), name, path), spelling };
}

/** A field by its whole name, else by its dotted path. Only fields that the sender really sent. */
function valueAt(part: unknown, name: string, path: readonly string[]): unknown {
  const direct = ownValue(part, name);
  if (direct !== undefined || path.length === 1) return direct;
  return path.reduce<unknown>((value, field) => ownValue(value, field), part);
}

/** A field of the user, who is the application's own object: getters of its class count. */
function claimOf(user: unknown, name: string, path: readonly string[]): unknown {
  return fieldOf(user, name) ?? path.reduce(fieldOf, user);
}

function fieldOf(value: unknown, field: string): unknown {
  return (value as Readonly<Record<string, unknown>> | null | undefined)?.[field];
}

function ownValue(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[field];
}
