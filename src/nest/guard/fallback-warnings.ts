import type { IncomingHttpHeaders } from 'node:http';
import type { Advice } from './warn-once.js';
import type { IdentifierSource, RateLimitContext } from '../decorators/rules.js';
import { UserAdvice, type IsLimiterGuard } from '../transports/http/guard-order-warning.js';
import { unparsedBodyOf } from '../transports/http/unparsed-body.js';

/** A request that is limited by its address, because its source has no value for it. */
export interface Fallback {
  readonly limiterId: string;
  readonly source: IdentifierSource;
  /** What the source gave: nothing, or what has no one text. */
  readonly value: unknown;
  readonly context: RateLimitContext;
}

const BODY = 'body:';
const USER = 'user:';

/**
 * Tells why requests are limited by their address, where the application can change that: once per
 * limiter and source. Says nothing of values that are missing because the sender left them out.
 */
export class FallbackAdvice {
  readonly #advice: Advice;
  readonly #user: UserAdvice;

  constructor(advice: Advice, isLimiterGuard: IsLimiterGuard) {
    this.#advice = advice;
    this.#user = new UserAdvice(advice, isLimiterGuard);
  }

  happened({ limiterId, source, value, context }: Fallback): void {
    const named = typeof source === 'string' ? `"${source}"` : 'the function in `by`';
    if (isWithoutText(value)) {
      this.#advice.once(`no text: ${limiterId} ${named}`, () =>
        withoutText(limiterId, named, value),
      );
      return;
    }
    if (typeof source !== 'string') return;
    if (source.startsWith(USER)) this.#user.missing({ limiterId, source, context });
    if (!source.startsWith(BODY)) return;
    const mediaType = unparsedBodyOf(context.request as { readonly headers?: IncomingHttpHeaders });
    if (mediaType === null) return;
    this.#advice.once(`no body: ${limiterId} ${named}`, () =>
      unparsed(limiterId, named, mediaType),
    );
  }
}

/** Whether there is something that cannot be an identifier; texts are missing when they are empty. */
function isWithoutText(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'string';
}

function withoutText(limiterId: string, named: string, value: unknown): string {
  return (
    `limiter "${limiterId}": ${named} gave ${kindOf(value)}, which has no one text to count by, so ` +
    "the request counted by the client's address. Name the field that holds the id (as in " +
    '"user:account.id"), or use a function that returns it. Logged once per limiter and source.'
  );
}

function unparsed(limiterId: string, named: string, mediaType: string): string {
  return (
    `limiter "${limiterId}": ${named} has no value, because the body (${mediaType.slice(0, 80)}) is ` +
    "not parsed when guards run, so the request counted by the client's address. Parse it in a " +
    'middleware, send the value in a header or the path, or limit by it in the handler: see ' +
    '"Forms with files" in docs/guide.md. Logged once per limiter and source.'
  );
}

/** What a value is, never what it holds. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  const name: unknown = (value as { readonly constructor?: { readonly name?: unknown } })
    .constructor?.name;
  return typeof name === 'string' && name !== 'Object' ? `an object of ${name}` : 'an object';
}
