import { capacityOf } from '../algorithms/algorithms.js';
import type { LimiterSettings } from '../config/index.js';
import { countsUnits } from '../core/policy.js';
import { unitAlgorithmOf } from './algorithms.js';
import { describeBytes } from './describe.js';

/** The size of one identifier's state, in bytes, above which there is a note. */
const COSTLY_BYTES = 1_000_000;

const USUAL_KEY_LENGTH = 48;

/** A sentence for each limiter whose window takes megabytes for an identifier that fills it. */
export function describeCostlyWindows(limiters: readonly LimiterSettings[]): readonly string[] {
  return limiters.flatMap(({ id, policy }) => {
    if (!countsUnits(policy)) return [];
    const capacity = capacityOf(policy);
    const bytes = unitAlgorithmOf(policy).bytes(policy, USUAL_KEY_LENGTH, capacity);
    if (bytes < COSTLY_BYTES) return [];
    return [
      `limiter "${id}": a window of ${String(capacity)} takes ${describeBytes(bytes)} for each ` +
        'identifier that fills it. A token bucket takes about 100 bytes.',
    ];
  });
}
