import type { StoreUnavailableError } from '../../../core/errors/index.js';
import { causeOf, describeFailure } from '../../../core/errors/store-causes.js';
import { fail, type Finding } from '../check.js';

/** What a failure means, with the address and without secrets: `10.0.0.1:6379 refused …`. */
export function explainFailure(failure: StoreUnavailableError): Finding {
  const { kind, failureCode, address, missing } = failure;
  const who = address ?? 'the server';
  return fail(describeFailure(who, { kind, failureCode, missing }), causeOf(kind, failureCode).fix);
}
