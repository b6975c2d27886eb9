import type { ExecutionContext } from '@nestjs/common';
import { checkKeys, shown } from '../../core/checked-values.js';
import { InvalidUsageError } from '../../core/errors/index.js';
import {
  IDENTIFIER_SOURCE_FORMS,
  parseIdentifierSource,
  type IdentifierSourceText,
} from '../../identifiers/identifier-source.js';
import type { MaybePromise } from '../../core/maybe-promise.js';

/**
 * What functions of a rule receive. The types of request and response are those of the HTTP
 * adapter; name them (`RateLimitContext<Request>`) for checked access.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the adapter's request is the caller's to type
export interface RateLimitContext<Request = any, Response = any> {
  readonly request: Request;
  readonly response: Response;
  readonly execution: ExecutionContext;
}

/** Computes a value from a call, synchronously or not. */
export type FromContext<T> = (context: RateLimitContext) => MaybePromise<T>;

/**
 * The identifier: who is limited. A function may return anything: scalars count, and objects with one obvious text
 * (an ObjectId, a UUID, a `Date`, a `Buffer`). Anything else counts as missing, and a missing value
 * falls back to the client's IP.
 */
export type IdentifierSource = IdentifierSourceText | FromContext<unknown>;

/** One limit of a route. */
export interface RateLimitRule {
  /** The limiter's id, or a function that chooses one per request. */
  readonly limiter: string | FromContext<string>;
  /** Who is limited; default: the limiter's `identify_by`. Several are combined. */
  readonly by?: IdentifierSource | readonly IdentifierSource[] | undefined;
  /** Whole units that a request takes; default 1. */
  readonly cost?: number | FromContext<number> | undefined;
}

/** A rule as it is written: a limiter's id, or the whole rule. */
export type RateLimitRuleInput = string | RateLimitRule;

const RULE_KEYS = ['limiter', 'by', 'cost'];

/**
 * Brings a rule into its long form, as a copy. Throws `InvalidUsageError` for one that can never work.
 */
export function toRule(input: RateLimitRuleInput): RateLimitRule {
  const rule = typeof input === 'string' ? { limiter: input } : input;
  checkKeys('a rate limit rule', rule, RULE_KEYS);
  if (typeof rule.limiter !== 'string' && typeof rule.limiter !== 'function') {
    throw new InvalidUsageError('a rate limit rule needs a `limiter`: its name or a function.');
  }
  const sources = sourcesOf(rule);
  if (sources?.length === 0) {
    throw new InvalidUsageError('the `by` of a rate limit rule is an empty list: leave it out.');
  }
  for (const source of sources ?? []) checkSource(source);
  checkCost(rule.cost);
  return Object.freeze({ ...rule, ...(sources === null ? {} : { by: sources }) });
}

function checkCost(cost: unknown): void {
  if (cost === undefined || typeof cost === 'function') return;
  if (Number.isSafeInteger(cost) && (cost as number) >= 0) return;
  throw new InvalidUsageError(
    'the `cost` of a rate limit rule must be a whole number, 0 or more, or a function.',
  );
}

/** The sources of a rule as a list; null when the limiter's own apply. */
export function sourcesOf({ by }: RateLimitRule): readonly IdentifierSource[] | null {
  if (by === undefined) return null;
  return isList(by) ? [...by] : [by];
}

function isList(by: NonNullable<RateLimitRule['by']>): by is readonly IdentifierSource[] {
  return Array.isArray(by);
}

function checkSource(source: IdentifierSource): void {
  if (typeof source === 'function') return;
  if (typeof source === 'string' && parseIdentifierSource(source) !== null) return;
  throw new InvalidUsageError(
    `cannot identify callers by ${shown(source)}. Use ${IDENTIFIER_SOURCE_FORMS}, or a function.`,
  );
}
