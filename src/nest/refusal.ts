import type { HttpException } from '@nestjs/common';
import type { HttpSettings } from '../config/index.js';
import type { CompositeDecision } from '../core/decision.js';
import {
  RateLimitExceededException,
  RateLimitUnavailableException,
  withoutStack,
  type RefusalBody,
} from './rate-limit.exceptions.js';

const PROBLEM_TYPES = 'https://iana.org/assignments/http-problem-types';

interface RefusalKind {
  readonly status: 429 | 503;
  readonly title: string;
  readonly problemType: string;
}

const EXCEEDED: RefusalKind = {
  status: 429,
  title: 'Too Many Requests',
  problemType: `${PROBLEM_TYPES}#quota-exceeded`,
};

const UNAVAILABLE: RefusalKind = {
  status: 503,
  title: 'Service Unavailable',
  problemType: `${PROBLEM_TYPES}#temporary-reduced-capacity`,
};

/** The exception of a refused call: 429 over a limit, 503 when a store did not answer. */
export function refusal(
  decision: CompositeDecision,
  message: string,
  errors: HttpSettings['errors'],
): HttpException {
  const kind = kindOf(decision);
  const body =
    errors === 'problem' ? problemBody(kind, decision, message) : nestBody(kind, decision, message);
  return withoutStack(() =>
    kind === EXCEEDED
      ? new RateLimitExceededException(body, decision)
      : new RateLimitUnavailableException(body, decision),
  );
}

function kindOf({ binding }: CompositeDecision): RefusalKind {
  return binding.reason === 'fail_closed' ? UNAVAILABLE : EXCEEDED;
}

function nestBody(
  { status, title }: RefusalKind,
  { binding }: CompositeDecision,
  message: string,
): RefusalBody {
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
  { status, title, problemType }: RefusalKind,
  { decisions }: CompositeDecision,
  detail: string,
): RefusalBody {
  const violated = decisions.filter((decision) => !decision.allowed);
  return {
    type: problemType,
    title,
    status,
    detail,
    'violated-policies': violated.map((decision) => decision.limiterId),
  };
}
