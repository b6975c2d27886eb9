import type { LimiterSettings, LoadedConfig, RedisStoreSettings } from '../../config/index.js';
// Not through the index, whose declarations would then require those of zod.
import { storeSchema } from '../../config/store/store-schema.js';
import { countsUnits } from '../../core/policy.js';
import { KeyNames } from '../../stores/redis/protocol/keys.js';
import { unitAlgorithmOf } from '../algorithms.js';
import { slotsBytes, tableBytes } from './redis-footprint.js';
import { steadyState, type Traffic } from './steady-state.js';

/** The load on Redis. */
export interface Needs {
  /** Keys that exist at a moment. */
  readonly keys: number;
  readonly bytes: number;
  readonly commandsPerSecond: number;
}

/** The load of one limiter. */
export interface Estimate extends Needs {
  readonly limiterId: string;
  readonly bytesPerKey: number;
}

/** The traffic on every limiter, without the settings of its store. */
export type PlannedTraffic = Omit<Traffic, 'denyCacheSeconds'>;

/** The settings of Redis for limiters in a memory store. */
function defaults(): Pick<RedisStoreSettings, 'keyPrefix' | 'hashSecret' | 'denyCacheMs'> {
  const { key_prefix: keyPrefix, deny_cache_seconds: seconds } = storeSchema.parse({});
  return { keyPrefix, hashSecret: null, denyCacheMs: seconds * 1_000 };
}

/** The needs of each limiter in Redis, also of those in a memory store. */
export function estimate(
  limiters: readonly LimiterSettings[],
  stores: LoadedConfig['stores'],
  traffic: PlannedTraffic,
): readonly Estimate[] {
  const states = limiters.map((limiter) => stateOf(limiter, stores, traffic));
  const allKeys = states.reduce((sum, { keys }) => sum + keys, 0);
  const tableShare = allKeys === 0 ? 0 : tableBytes(allKeys) / allKeys;
  return states.map(({ limiterId, keys, bytes: stateBytes, commandsPerSecond }) => {
    const bytes = stateBytes + keys * tableShare;
    const bytesPerKey = keys === 0 ? 0 : bytes / keys;
    return { limiterId, keys, bytesPerKey, bytes, commandsPerSecond };
  });
}

/** The needs of one limiter without the tables, which all keys of a server share. */
function stateOf(
  { id, storeId, policy }: LimiterSettings,
  stores: LoadedConfig['stores'],
  traffic: PlannedTraffic,
): Omit<Estimate, 'bytesPerKey'> {
  const store = stores.find((each) => each.id === storeId);
  const { keyPrefix, hashSecret, denyCacheMs } = store?.strategy === 'redis' ? store : defaults();
  const names = new KeyNames(keyPrefix, hashSecret);
  const tag = names.hashTagOf('');
  const denyCacheSeconds = denyCacheMs / 1_000;
  const { units, slots, callsPerSecond } = steadyState(policy, { ...traffic, denyCacheSeconds });
  const unitBytes = countsUnits(policy)
    ? unitAlgorithmOf(policy).bytes(policy, names.units(id, tag, policy).length, units.held)
    : 0;
  const slotBytes = slotsBytes(names.slots(id, tag).length, slots.held);
  return {
    limiterId: id,
    keys: units.keys + slots.keys,
    bytes: units.keys * unitBytes + slots.keys * slotBytes,
    commandsPerSecond: callsPerSecond,
  };
}
