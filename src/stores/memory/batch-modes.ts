import type { Grant, StoreRequest, Verdict } from '../../core/store.js';

/** The operations for the decision of a batch, all at one moment. */
export interface Counters {
  /** Evaluates without taking. */
  readonly evaluate: (request: StoreRequest) => Verdict;
  /** Evaluates, and takes when the request is allowed. */
  readonly decide: (request: StoreRequest) => Verdict;
  /** Evaluates a request as a peek. */
  readonly peek: (request: StoreRequest) => Verdict;
  readonly release: (grants: readonly Grant[]) => void;
}

/**
 * All or none. Every request is evaluated first. Taking can still fail for one, when several new
 * identifiers of a full store share a bucket; the grants of the others are released then.
 */
export function takeAll(batch: readonly StoreRequest[], counters: Counters): readonly Verdict[] {
  const wanted = batch.map((request) => counters.evaluate(request));
  if (!wanted.every(isAllowed)) return untaken(batch, wanted, counters);
  const taken: Verdict[] = [];
  for (const request of batch) {
    const verdict = counters.decide(request);
    if (!verdict.allowed) {
      counters.release(taken.flatMap((grant, index) => grantOf(batch[index], grant)));
      const verdicts = wanted.map((each, index) => (index === taken.length ? verdict : each));
      return untaken(batch, verdicts, counters);
    }
    taken.push(verdict);
  }
  return taken;
}

/** Takes the first request that passes, and no other. */
export function takeFirst(batch: readonly StoreRequest[], counters: Counters): readonly Verdict[] {
  const wanted = batch.map((request) => counters.evaluate(request));
  const first = wanted.findIndex(isAllowed);
  const request = batch[first];
  if (request === undefined) return wanted;
  const taken = counters.decide(request);
  const others = untaken(batch, wanted, counters);
  return others.map((verdict, index) => (index === first ? taken : verdict));
}

/** Verdicts of requests that took nothing: allowed ones have the numbers of a peek. */
function untaken(
  batch: readonly StoreRequest[],
  verdicts: readonly Verdict[],
  counters: Counters,
): readonly Verdict[] {
  return batch.map((request, index) => {
    const verdict = verdicts[index];
    if (verdict?.allowed === false) return verdict;
    return { ...counters.peek(request), ...PASSES };
  });
}

/** The part of the verdict of a request that would have passed, but took nothing. */
const PASSES: Pick<Verdict, 'allowed' | 'denial' | 'retryAfterMs'> = {
  allowed: true,
  denial: null,
  retryAfterMs: 0,
};

function isAllowed(verdict: Verdict): boolean {
  return verdict.allowed;
}

function grantOf(request: StoreRequest | undefined, { reservation }: Verdict): Grant[] {
  return request === undefined ? [] : [{ ...request, reservation }];
}
