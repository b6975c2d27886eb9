import type { HttpSettings } from '../../../config/index.js';
import type { CompositeDecision, Decision } from '../../../core/decision.js';
import type { AcquireTimeoutError } from '../../../core/errors/index.js';
import {
  RateLimitExceededException,
  RateLimitUnavailableException,
  type DenialBody,
} from './rate-limit.exceptions.js';
import { withoutStack } from '../without-stack.js';

/** The media type of problem details. */
export const PROBLEM_JSON = 'application/problem+json';

/** What the guard throws; a handler may throw it, too. */
export type DenialException = RateLimitExceededException | RateLimitUnavailableException;

const PROBLEM_TYPES = 'https://iana.org/assignments/http-problem-types';

interface DenialKind {
  readonly status: 429 | 503;
  readonly title: string;
  readonly problemType: string;
}

const EXCEEDED: DenialKind = {
  status: 429,
  title: 'Too Many Requests',
  problemType: `${PROBLEM_TYPES}#quota-exceeded`,
};

const UNAVAILABLE: DenialKind = {
  status: 503,
  title: 'Service Unavailable',
  problemType: `${PROBLEM_TYPES}#temporary-reduced-capacity`,
};

/** The exception of a denied call: 429 over a limit, 503 when a store did not answer. */
export function denialResponse(
  decision: CompositeDecision,
  message: string,
  errors: HttpSettings['errors'],
): DenialException {
  const kind = kindOf(decision);
  const body =
    errors === 'problem' ? problemBody(kind, decision, message) : nestBody(kind, decision, message);
  return withoutStack(() =>
    kind === EXCEEDED
      ? new RateLimitExceededException(body, decision)
      : new RateLimitUnavailableException(body, decision),
  );
}

/** The exception of a request whose `acquire` timed out: 503, the client may retry. */
export function acquireTimedOut(
  { limiterId, retryAfterMs }: AcquireTimeoutError,
  errors: HttpSettings['errors'],
): DenialException {
  const binding: Decision = {
    limiterId,
    allowed: false,
    limit: 0,
    remaining: 0,
    retryAfterMs,
    resetAfterMs: retryAfterMs,
    reason: 'over_limit',
    degraded: false,
  };
  const decision = { allowed: false, decisions: [binding], binding, deniedBy: limiterId };
  const message = 'Too many calls wait for their turn. Try again later.';
  const body = errors === 'problem' ? problemBody : nestBody;
  return withoutStack(
    () => new RateLimitUnavailableException(body(UNAVAILABLE, decision, message), decision),
  );
}

function kindOf({ binding }: CompositeDecision): DenialKind {
  return binding.reason === 'fail_closed' ? UNAVAILABLE : EXCEEDED;
}

function nestBody(
  { status, title }: DenialKind,
  { binding }: CompositeDecision,
  message: string,
): DenialBody {
  return {
    statusCode: status,
    error: title,
    message,
    limiter: binding.limiterId,
    retryAfterMs: binding.retryAfterMs,
  };
}

/** Problem details as in RFC 9457, with the types that IANA registers for quotas. */
function problemBody(
  { status, title, problemType }: DenialKind,
  { decisions }: CompositeDecision,
  detail: string,
): DenialBody {
  const violated = decisions.filter((decision) => !decision.allowed);
  return {
    type: problemType,
    title,
    status,
    detail,
    'violated-policies': violated.map((decision) => decision.limiterId),
  };
}

/** Whether the body of a denial is problem details. */
export function isProblem(exception: DenialException): boolean {
  const body: unknown = exception.getResponse();
  return typeof body === 'object' && body !== null && 'violated-policies' in body;
}
