import { combineIdentifiers, hashIdentifier } from '../core/identifier.js';
import {
  parseIdentifierSource,
  type IdentifierSourceText,
  type NamedSource,
} from '../core/identifier-source.js';
import { allCalled, whenReady, type MaybePromise } from '../core/maybe-promise.js';
import { Remembered } from '../core/remembered.js';
import type { AddressedRequest, ClientIp } from './client-ip.js';
import type { IdentifierSource, RateLimitContext } from './rules.js';

/** Works out who is limited. */
export type Identify = (context: RateLimitContext) => MaybePromise<string>;

/** The bucket of all callers together. */
const EVERYBODY = '';

/** Where each named source reads in a request. */
const PARTS: Readonly<Record<NamedSource, string>> = {
  header: 'headers',
  body: 'body',
  query: 'query',
  param: 'params',
  user: 'user',
};

/** Prepares the sources of a rule, once per route. Several are combined without collisions. */
export function identifyBy(sources: readonly IdentifierSource[], clientIp: ClientIp): Identify {
  const each = sources.map((source) => identifyByOne(source, clientIp));
  const [only] = each;
  if (only !== undefined && each.length === 1) return only;
  return (context) =>
    whenReady(allCalled(each.map((identify) => () => identify(context))), (parts) =>
      combineIdentifiers(...parts),
    );
}

function identifyByOne(source: IdentifierSource, clientIp: ClientIp): Identify {
  const ip = ({ request }: RateLimitContext): string => clientIp.of(request as AddressedRequest);
  if (typeof source === 'function') {
    return (context) =>
      whenReady(source(context), (value) => personal(value, 'as_is') ?? ip(context));
  }
  const read = readerOf(source);
  if (read === 'ip') return ip;
  if (read === 'global') return () => EVERYBODY;
  return (context) => read(context.request) ?? ip(context);
}

type Reader = (request: unknown) => string | null;

function readerOf(source: IdentifierSourceText): Reader | 'ip' | 'global' {
  const parsed = parseIdentifierSource(source);
  if (parsed === null || parsed.kind === 'ip') return 'ip';
  if (parsed.kind === 'global') return 'global';
  const { kind, name } = parsed;
  const spelling = kind === 'body' || kind === 'query' ? 'any_case' : 'as_is';
  const path = kind === 'header' ? [name] : name.split('.');
  return (request) => {
    const value =
      kind === 'user'
        ? claimOf(userOf(request), name, path)
        : valueAt(fieldOf(request, PARTS[kind]), name, path);
    return personal(value, spelling);
  };
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

/** Whether spellings that differ in case mean the same (an e-mail does, an API key does not). */
type Spelling = 'any_case' | 'as_is';

/** A value as a hashed identifier, or null when it is missing or cannot be one. */
function personal(value: unknown, spelling: Spelling): string | null {
  const isScalar =
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    typeof value === 'bigint' ||
    (typeof value === 'number' && Number.isFinite(value));
  if (!isScalar) return null;
  const hash = hashes[spelling].of(String(value));
  return hash === '' ? null : hash;
}

/** The hashes of the values that came last; empty for a value that is nothing but space. */
const hashes: Readonly<Record<Spelling, Remembered>> = {
  any_case: new Remembered((value) => hashOf(value, 'any_case')),
  as_is: new Remembered((value) => hashOf(value, 'as_is')),
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
 * use `canonicalIp`; a function as a source counts like `user:…`.
 */
export function identifierFrom(source: `${NamedSource}:${string}`, value: string): string {
  const kind = parseIdentifierSource(source)?.kind;
  const spelling = kind === 'body' || kind === 'query' ? 'any_case' : 'as_is';
  return personal(value, spelling) ?? EVERYBODY;
}
