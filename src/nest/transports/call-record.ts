import type { CompositeDecision } from '../../core/decision.js';
import type { LimiterPolicy } from '../../core/policy.js';
import type { Answer } from '../../limiter/answer.js';
import type { AdmissionRequest } from '../../limiter/limiter-set.js';

/** A limit that a call has taken, with the answer and the policy that it was given under. */
export interface TakenLimit {
  readonly request: AdmissionRequest;
  readonly policy: LimiterPolicy;
  readonly answer: Answer;
}

/** Everything that a call has taken, and the decision about all of it. */
export interface CallRecord {
  readonly taken: readonly TakenLimit[];
  readonly decision: CompositeDecision;
}

const RECORD = Symbol.for('@rate-sync/nestjs:call');

/** The record of a call, so that a second guard does not take its limits again. */
export function recordOf(call: object): CallRecord | undefined {
  return (call as { [RECORD]?: CallRecord })[RECORD];
}

export function keepRecord(call: object, record: CallRecord): void {
  (call as { [RECORD]?: CallRecord })[RECORD] = record;
}
