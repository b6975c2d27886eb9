import type { BatchMode, Grant, StoreRequest, Verdict } from './store.js';

/** What a store took for a batch, for a later release. */
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
 * Grants in the order of their release: the latest reservation first. A token bucket can always release
 * its newest reservation, and an older one only as far as the result is exact.
 */
export function newestFirst(grants: readonly Grant[]): readonly Grant[] {
  return [...grants].sort((a, b) => (b.reservation ?? 0) - (a.reservation ?? 0));
}
