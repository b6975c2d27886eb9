import type { ExecutionContext } from '@nestjs/common';
import type { CompositeDecision } from '../../core/decision.js';
import type { Admission, AdmissionRequest } from '../../limiter/limiter-set.js';
import type { AnsweredPolicy } from '../transports/http/headers.js';
import { rawRequestOf, type AdaptedRequest } from '../transports/http/response-end.js';

/** What a call has taken already, so that a second guard does not take it again. */
export interface TakenLimit extends AnsweredPolicy {
  readonly request: AdmissionRequest;
}

/** What is remembered of a call: everything that it has taken, and the decision about all of it. */
export interface CallRecord {
  readonly taken: readonly TakenLimit[];
  readonly decision: CompositeDecision;
}

const RECORD = Symbol.for('@rate-sync/nestjs:call');

/** Where the field `info` stands among the arguments of a GraphQL resolver. */
const GRAPHQL_INFO = 3;

const records = new WeakMap<object, CallRecord>();

type RequestWithRecord = AdaptedRequest & { [RECORD]?: CallRecord };

/**
 * Remembers what calls have taken: an HTTP request, the execution of one GraphQL field, one message.
 * Not by the request object where one request makes many calls: aliases of a field share it, and so
 * do all messages of a socket.
 */
export function recordOf(execution: ExecutionContext): CallRecord | undefined {
  return execution.getType() === 'http' ? rawOf(execution)[RECORD] : records.get(keyOf(execution));
}

export function keepRecord(execution: ExecutionContext, record: CallRecord): void {
  if (execution.getType() === 'http') rawOf(execution)[RECORD] = record;
  else records.set(keyOf(execution), record);
}

/** The same object for middleware and guards, of both adapters. */
function rawOf(execution: ExecutionContext): RequestWithRecord {
  return rawRequestOf(execution.switchToHttp().getRequest<AdaptedRequest>());
}

/** What all guards of one call share, and no two calls do. */
function keyOf(execution: ExecutionContext): object {
  const args: unknown[] = execution.getArgs();
  if (execution.getType<string>() !== 'graphql') return args;
  const info = args[GRAPHQL_INFO];
  return typeof info === 'object' && info !== null ? info : args;
}

/** What is wanted and neither taken by an earlier guard nor named twice. */
export function untaken(
  wanted: readonly AdmissionRequest[],
  taken: readonly TakenLimit[] = [],
): readonly AdmissionRequest[] {
  if (wanted.length === 1 && taken.length === 0) return wanted;
  const seen = taken.map(({ request }) => request);
  return wanted.filter((request) => {
    const isKnown = seen.some(
      ({ limiter, identifier }) => limiter === request.limiter && identifier === request.identifier,
    );
    if (!isKnown) seen.push(request);
    return !isKnown;
  });
}

/** What a call took with a decision. */
export function takenBy(asked: readonly AdmissionRequest[], { answers }: Admission): TakenLimit[] {
  const taken: TakenLimit[] = [];
  asked.forEach((request, index) => {
    const answer = answers[index];
    if (answer !== undefined) taken.push({ request, answer, policy: request.limiter.policy });
  });
  return taken;
}
