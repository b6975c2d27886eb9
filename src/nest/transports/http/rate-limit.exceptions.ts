import { HttpException, HttpStatus } from '@nestjs/common';
import type { CompositeDecision } from '../../../core/decision.js';
import { CACHE_CONTROL, RETRY_AFTER } from './header-names.js';

/** The body of a denial, in the form that `[http] errors` sets. */
export type DenialBody = Readonly<Record<string, unknown>>;

const KIND = Symbol.for('@rate-sync/nestjs:denial');
const RETRY_AFTER_SECONDS = Symbol.for('@rate-sync/nestjs:retry-after');

/** An exception that knows when a retry makes sense. */
interface Retryable {
  [RETRY_AFTER_SECONDS]: number;
}

/**
 * 429: the caller is over a limit. Carries the decision that denied it. Thrown by a handler it gets
 * the same response as a denial by the guard, headers included.
 */
export class RateLimitExceededException extends HttpException implements Retryable {
  readonly decision: CompositeDecision;
  readonly [KIND] = 'exceeded';
  [RETRY_AFTER_SECONDS]: number;

  constructor(body: DenialBody, decision: CompositeDecision) {
    super(body, HttpStatus.TOO_MANY_REQUESTS);
    this.decision = decision;
    this[RETRY_AFTER_SECONDS] = secondsUntil(decision);
  }

  /** The headers of the response, for filters that write it themselves. */
  get headers(): Readonly<Record<string, string>> {
    return headersOf(this);
  }
}

/**
 * 503: a store did not answer and a limiter fails closed. The caller is not over a limit. Thrown by a
 * handler it gets the same response as a denial by the guard, headers included.
 */
export class RateLimitUnavailableException extends HttpException implements Retryable {
  readonly decision: CompositeDecision;
  readonly [KIND] = 'unavailable';
  [RETRY_AFTER_SECONDS]: number;

  constructor(body: DenialBody, decision: CompositeDecision) {
    super(body, HttpStatus.SERVICE_UNAVAILABLE);
    this.decision = decision;
    this[RETRY_AFTER_SECONDS] = secondsUntil(decision);
  }

  /** The headers of the response, for filters that write it themselves. */
  get headers(): Readonly<Record<string, string>> {
    return headersOf(this);
  }
}

/** True for a `RateLimitExceededException` of any copy of this package. */
export function isRateLimitExceeded(error: unknown): error is RateLimitExceededException {
  return kindOf(error) === 'exceeded';
}

/** True for a `RateLimitUnavailableException` of any copy of this package. */
export function isRateLimitUnavailable(error: unknown): error is RateLimitUnavailableException {
  return kindOf(error) === 'unavailable';
}

/** Sets `Retry-After` where it is known more precisely than from the decision. */
export function setRetryAfter(error: Error, seconds: number): void {
  if (isRateLimitExceeded(error) || isRateLimitUnavailable(error)) {
    error[RETRY_AFTER_SECONDS] = seconds;
  }
}

function kindOf(error: unknown): unknown {
  return (error as { [KIND]?: unknown } | null | undefined)?.[KIND];
}

function headersOf(exception: Retryable): Readonly<Record<string, string>> {
  return {
    [RETRY_AFTER.usual]: String(exception[RETRY_AFTER_SECONDS]),
    [CACHE_CONTROL.usual]: 'no-store',
  };
}

/** A cost that can never fit has no such moment; then it is the time until the limit has recovered. */
function secondsUntil({ binding }: CompositeDecision): number {
  const { retryAfterMs, resetAfterMs } = binding;
  const waitMs = Number.isFinite(retryAfterMs) ? retryAfterMs : resetAfterMs;
  return Math.max(1, Math.ceil(waitMs / 1_000));
}
