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
