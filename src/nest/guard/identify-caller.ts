import { combineIdentifiers } from '../../identifiers/identifier.js';
import {
  parseIdentifierSource,
  type IdentifierSourceText,
  type NamedSource,
} from '../../identifiers/identifier-source.js';
import { allCalled, whenReady, type MaybePromise } from '../../core/maybe-promise.js';
import { SHARED_BUCKET, hashedValue } from '../../identifiers/hashed-value.js';
import type { AddressedRequest, ClientIp } from '../transports/http/client-ip.js';
import type { FallbackAdvice } from './fallback-warnings.js';
import type { IdentifierSource, RateLimitContext } from '../decorators/rules.js';

/** Works out who is limited. */
export type Identify = (context: RateLimitContext) => MaybePromise<string>;

/** What the sources of all rules share. */
export interface IdentifyServices {
  readonly clientIp: ClientIp;
  readonly fallback: FallbackAdvice;
}

/** Where each named source reads in a request. */
const PARTS: Readonly<Record<NamedSource, string>> = {
  header: 'headers',
  body: 'body',
  query: 'query',
  param: 'params',
  user: 'user',
};

/**
 * Prepares the sources of a rule of a limiter, once per route. Several are combined without
 * collisions.
 */
export function identifyBy(
  sources: readonly IdentifierSource[],
  limiterId: string,
  services: IdentifyServices,
): Identify {
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
  { clientIp, fallback }: IdentifyServices,
): Identify {
  const ip = ({ request }: RateLimitContext): string => clientIp.of(request as AddressedRequest);
  const instead = (value: unknown, context: RateLimitContext): string => {
    fallback.happened({ limiterId, source, value, context });
    return ip(context);
  };
  if (typeof source === 'function') {
    return (context) =>
      whenReady(source(context), (value) => hashedValue(value, 'as_is') ?? instead(value, context));
  }
  const read = readerOf(source);
  if (read === 'ip') return ip;
  if (read === 'global') return () => SHARED_BUCKET;
  const { valueIn, spelling } = read;
  return (context) => {
    const value = valueIn(context.request);
    return hashedValue(value, spelling) ?? instead(value, context);
  };
}

interface Reader {
  readonly valueIn: (request: unknown) => unknown;
  readonly spelling: 'any_case' | 'as_is';
}

function readerOf(source: IdentifierSourceText): Reader | 'ip' | 'global' {
  const parsed = parseIdentifierSource(source);
  if (parsed === null || parsed.kind === 'ip') return 'ip';
  if (parsed.kind === 'global') return 'global';
  const { kind, name } = parsed;
  const spelling = kind === 'body' || kind === 'query' ? 'any_case' : 'as_is';
  const path = kind === 'header' ? [name] : name.split('.');
  const valueIn =
    kind === 'user'
      ? (request: unknown) => claimOf(userOf(request), name, path)
      : (request: unknown) => valueAt(fieldOf(request, PARTS[kind]), name, path);
  return { valueIn, spelling };
}

/** A field by its whole name, else by its dotted path. Only fields that the sender really sent. */
function valueAt(part: unknown, name: string, path: readonly string[]): unknown {
  const direct = ownValue(part, name);
  if (direct !== undefined || path.length === 1) return direct;
  return path.reduce<unknown>((value, field) => ownValue(value, field), part);
}

/** The user, also where a middleware of Fastify noted it: on Node's own request. */
function userOf(request: unknown): unknown {
  return fieldOf(request, 'user') ?? fieldOf(fieldOf(request, 'raw'), 'user');
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
