import type { Grant, StoreRequest, Verdict } from '../../core/store.js';

/** What a batch is decided with, at one moment. */
export interface Counters {
  /** Looks without taking. */
  readonly evaluate: (request: StoreRequest) => Verdict;
  /** Takes when the request is allowed. */
  readonly decide: (request: StoreRequest) => Verdict;
  /** Looks at what a request is about, whatever it would take of it. */
  readonly look: (request: StoreRequest) => Verdict;
  readonly release: (returns: readonly Grant[]) => void;
}

/**
 * All or none. What every request would get is looked at first. Taking can still fail for one, when
 * several newcomers of a full store share a bucket, and then the others give back.
 */
export function takeAll(batch: readonly StoreRequest[], counters: Counters): readonly Verdict[] {
  const wanted = batch.map((request) => counters.evaluate(request));
  if (!wanted.every(isAllowed)) return untaken(batch, wanted, counters);
  const taken: Verdict[] = [];
  for (const request of batch) {
    const verdict = counters.decide(request);
    if (!verdict.allowed) {
      counters.release(taken.flatMap((grant, index) => grantOf(batch[index], grant)));
      const refused = wanted.map((each, index) => (index === taken.length ? verdict : each));
      return untaken(batch, refused, counters);
    }
    taken.push(verdict);
  }
  return taken;
}

/** The first that passes is taken, and no other. */
export function takeFirst(batch: readonly StoreRequest[], counters: Counters): readonly Verdict[] {
  const wanted = batch.map((request) => counters.evaluate(request));
  const first = wanted.findIndex(isAllowed);
  const request = batch[first];
  if (request === undefined) return wanted;
  const taken = counters.decide(request);
  const others = untaken(batch, wanted, counters);
  return others.map((verdict, index) => (index === first ? taken : verdict));
}

/** Verdicts of which nothing was taken: what is left is what a look finds. */
function untaken(
  batch: readonly StoreRequest[],
  verdicts: readonly Verdict[],
  counters: Counters,
): readonly Verdict[] {
  return batch.map((request, index) => {
    const verdict = verdicts[index];
    if (verdict?.allowed === false) return verdict;
    return { ...counters.look(request), ...PASSES };
  });
}

/** What a request that would have passed says, although nothing was taken. */
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
