import type { LimiterSettings, LoadedConfig } from '../../config/index.js';
import { bucketBytes, slotsBytes, tableBytes, windowBytes } from '../../stores/redis/footprint.js';
import { KeyNames } from '../../stores/redis/keys.js';
import { steadyState, type LiveKeys, type SteadyState, type Traffic } from './steady-state.js';

/** What a limiter needs. */
export interface Estimate {
  readonly limiter: string;
  /** Keys that exist at a moment. */
  readonly keys: number;
  readonly bytesPerKey: number;
  readonly bytes: number;
  readonly commandsPerSecond: number;
}

/** The traffic on every limiter; what the limiter's store says is not in it. */
export type PlannedTraffic = Omit<Traffic, 'denyCacheSeconds'>;

/** What stores in memory would say as Redis. */
const DEFAULTS = { keyPrefix: 'rs', denyCacheMs: 1_000 };

/** What each limiter needs in Redis, also those that count in memory here. */
export function estimate(
  limiters: readonly LimiterSettings[],
  stores: LoadedConfig['stores'],
  traffic: PlannedTraffic,
): readonly Estimate[] {
  const states = limiters.map((limiter) => stateOf(limiter, stores, traffic));
  const allKeys = states.reduce((sum, { keys }) => sum + keys, 0);
  const tableShare = allKeys === 0 ? 0 : tableBytes(allKeys) / allKeys;
  return states.map(({ limiter, keys, stateBytes, commandsPerSecond }) => {
    const bytes = stateBytes + keys * tableShare;
    const bytesPerKey = keys === 0 ? 0 : bytes / keys;
    return { limiter, keys, bytesPerKey, bytes, commandsPerSecond };
  });
}

function stateOf(
  { id, storeId, policy }: LimiterSettings,
  stores: LoadedConfig['stores'],
  traffic: PlannedTraffic,
) {
  const store = stores.find((each) => each.id === storeId);
  const { keyPrefix, denyCacheMs } = store?.strategy === 'redis' ? store : DEFAULTS;
  const names = new KeyNames(keyPrefix);
  const tag = names.tagOf('');
  const state = steadyState(policy, { ...traffic, denyCacheSeconds: denyCacheMs / 1_000 });
  const parts: readonly (readonly [LiveKeys | null, (held: number) => number])[] = [
    [state.units, unitBytes(policy, names.units(id, tag, policy).length)],
    [state.slots, (held) => slotsBytes(names.slots(id, tag).length, held)],
  ];
  return { limiter: id, ...sumOf(parts), commandsPerSecond: state.callsPerSecond };
}

function unitBytes(policy: LimiterSettings['policy'], keyLength: number) {
  return policy.algorithm === 'sliding_window'
    ? (held: number): number => windowBytes(keyLength, held, policy.limit)
    : (): number => bucketBytes(keyLength);
}

function sumOf(parts: readonly (readonly [SteadyState['units'], (held: number) => number])[]): {
  readonly keys: number;
  readonly stateBytes: number;
} {
  let [keys, stateBytes] = [0, 0];
  for (const [live, bytesOf] of parts) {
    if (live === null) continue;
    keys += live.keys;
    stateBytes += live.keys * bytesOf(live.held);
  }
  return { keys, stateBytes };
}
