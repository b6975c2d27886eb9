import type { StoreUnavailableError } from '../../../core/errors/index.js';
import { causeOf, describeFailure } from '../../../core/errors/store-causes.js';
import { fail, type Finding } from '../check.js';

/** A failure as a finding, with the address and without secrets: `10.0.0.1:6379 refused …`. */
export function explainFailure(failure: StoreUnavailableError): Finding {
  const { kind, failureCode, address, missing } = failure;
  const subject = address ?? 'the server';
  return fail(
    describeFailure(subject, { kind, failureCode, missing }),
    causeOf(kind, failureCode).fix,
  );
}
