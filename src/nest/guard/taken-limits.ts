import type { Admission, AdmissionRequest } from '../../limiter/limiter-set.js';
import type { TakenLimit } from '../transports/call-record.js';

/** The limits that no earlier guard of the call has taken, each once. */
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

/** The limits that a decision took. */
export function takenBy(
  requests: readonly AdmissionRequest[],
  { answers }: Admission,
): TakenLimit[] {
  const taken: TakenLimit[] = [];
  requests.forEach((request, index) => {
    const answer = answers[index];
    if (answer !== undefined) taken.push({ request, answer, policy: request.limiter.policy });
  });
  return taken;
}
