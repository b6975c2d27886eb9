import type { BatchMode, Grant, StoreRequest, Verdict } from './store.js';

/** What a store took for a batch, to be handed back. */
export function grantsOf(
  batch: readonly StoreRequest[],
  verdicts: readonly Verdict[],
  mode: BatchMode,
): readonly Grant[] {
  if (mode === 'all' && !verdicts.every(({ allowed }) => allowed)) return [];
  const taken = batch.flatMap((request, index) => {
    const verdict = verdicts[index];
    return verdict?.allowed === true ? [{ ...request, reservation: verdict.reservation }] : [];
  });
  return mode === 'any' ? taken.slice(0, 1) : taken;
}

/**
 * Grants in the order in which they go back: the last reserved first. A token bucket takes its newest
 * reservation back whatever happened since, and an older one only as far as that is exact.
 */
export function newestFirst(grants: readonly Grant[]): readonly Grant[] {
  return [...grants].sort((a, b) => (b.reservation ?? 0) - (a.reservation ?? 0));
}
