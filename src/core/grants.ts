import type { BatchMode, GrantReturn, StoreRequest, Verdict } from './store.js';

/** What a store took for a batch, to be handed back. */
export function grantsOf(
  batch: readonly StoreRequest[],
  verdicts: readonly Verdict[],
  mode: BatchMode,
): readonly GrantReturn[] {
  if (mode === 'all' && !verdicts.every(({ allowed }) => allowed)) return [];
  const taken = batch.flatMap((request, index) => {
    const verdict = verdicts[index];
    return verdict?.allowed === true ? [{ ...request, booking: verdict.booking }] : [];
  });
  return mode === 'any' ? taken.slice(0, 1) : taken;
}

/**
 * Grants in the order in which they go back: the last booked first. A token bucket takes its newest
 * booking back whatever happened since, and an older one only as far as that is exact.
 */
export function newestFirst(grants: readonly GrantReturn[]): readonly GrantReturn[] {
  return [...grants].sort((a, b) => (b.booking ?? 0) - (a.booking ?? 0));
}
