import { HttpException, HttpStatus } from '@nestjs/common';
import type { CompositeDecision } from '../core/decision.js';

/** The body of an answer; its form is that of `[http] errors`. */
export type RefusalBody = Readonly<Record<string, unknown>>;

const KIND = Symbol.for('@rate-sync/nestjs:refusal');

/** 429: the caller is over a limit. Carries the decision that refused it. */
export class RateLimitExceededException extends HttpException {
  readonly decision: CompositeDecision;
  readonly [KIND] = 'exceeded';

  constructor(body: RefusalBody, decision: CompositeDecision) {
    super(body, HttpStatus.TOO_MANY_REQUESTS);
    this.decision = decision;
  }
}

/** 503: a store did not answer and a limiter fails closed. The caller is not over a limit. */
export class RateLimitUnavailableException extends HttpException {
  readonly decision: CompositeDecision;
  readonly [KIND] = 'unavailable';

  constructor(body: RefusalBody, decision: CompositeDecision) {
    super(body, HttpStatus.SERVICE_UNAVAILABLE);
    this.decision = decision;
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

function kindOf(error: unknown): unknown {
  return (error as { [KIND]?: unknown } | null | undefined)?.[KIND];
}

/**
 * Makes an exception without a stack trace: a refusal is an answer and nobody looks where it was
 * made. Collecting the trace would cost five times as much as the rest.
 */
export function withoutStack<T>(make: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
