import type { LimiterSettings } from '../config/index.js';
import { windowBytes } from './plan/redis-footprint.js';
import { describeBytes } from './describe-policy.js';

/** A window that takes more than this for one identifier is worth a word. */
const COSTLY_BYTES = 1_000_000;

const USUAL_KEY_LENGTH = 48;

/** A sentence for each limiter whose window takes megabytes for an identifier that fills it. */
export function describeCostlyWindows(limiters: readonly LimiterSettings[]): readonly string[] {
  return limiters.flatMap(({ id, policy }) => {
    if (policy.algorithm !== 'sliding_window') return [];
    const bytes = windowBytes(USUAL_KEY_LENGTH, policy.limit, policy.limit);
    if (bytes < COSTLY_BYTES) return [];
    return [
      `limiter "${id}": a window of ${String(policy.limit)} takes ${describeBytes(bytes)} for each ` +
        'identifier that fills it. A token bucket takes about 100 bytes.',
    ];
  });
}
