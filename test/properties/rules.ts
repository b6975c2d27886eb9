import type { RatePolicy } from '../../src/core/policy.js';

/** Units that were allowed at a moment. */
export interface Passed {
  readonly atMs: number;
  readonly units: number;
}

/**
 * The most units above the limit that were allowed in any interval: 0 when the limit
 * was kept. Brute force over the whole log, independent of the algorithms.
 */
export function excess(policy: RatePolicy, log: readonly Passed[]): number {
  const inOrder = log.filter(({ units }) => units > 0).sort((a, b) => a.atMs - b.atMs);
  let most = 0;
  inOrder.forEach((first, start) => {
    let units = 0;
    for (const { atMs, units: more } of inOrder.slice(start)) {
      const lengthMs = atMs - first.atMs;
      if (policy.algorithm === 'sliding_window' && lengthMs >= policy.windowMs) break;
      units += more;
      most = Math.max(most, units - allowance(policy, lengthMs));
    }
  });
  // Sums of binary fractions of milliseconds have rounding errors.
  return most < 1e-4 ? 0 : most;
}

/** The most units that may pass in an interval of this length, both of its ends included. */
function allowance(policy: RatePolicy, lengthMs: number): number {
  if (policy.algorithm === 'sliding_window') return policy.limit;
  return policy.burst + (policy.ratePerSecond * lengthMs) / 1_000;
}
