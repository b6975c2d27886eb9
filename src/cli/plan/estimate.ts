import type { LimiterSettings, LoadedConfig, RedisStoreSettings } from '../../config/index.js';
// Not by way of the index: its declarations would bring zod's to every application.
import { storeSchema } from '../../config/store/store-schema.js';
import { bucketBytes, slotsBytes, tableBytes, windowBytes } from './redis-footprint.js';
import { countsUnits } from '../../core/policy.js';
import { KeyNames } from '../../stores/redis/protocol/keys.js';
import { steadyState, type Traffic } from './steady-state.js';

/** What is needed of Redis. */
export interface Needs {
  /** Keys that exist at a moment. */
  readonly keys: number;
  readonly bytes: number;
  readonly commandsPerSecond: number;
}

/** What a limiter needs. */
export interface Estimate extends Needs {
  readonly limiter: string;
  readonly bytesPerKey: number;
}

/** The traffic on every limiter; what the limiter's store says is not in it. */
export type PlannedTraffic = Omit<Traffic, 'denyCacheSeconds'>;

/** What a store in memory would say as Redis. */
function defaults(): Pick<RedisStoreSettings, 'keyPrefix' | 'hashSecret' | 'denyCacheMs'> {
  const { key_prefix: keyPrefix, deny_cache_seconds: seconds } = storeSchema.parse({});
  return { keyPrefix, hashSecret: null, denyCacheMs: seconds * 1_000 };
}

/** What each limiter needs in Redis, also those that count in memory here. */
export function estimate(
  limiters: readonly LimiterSettings[],
  stores: LoadedConfig['stores'],
  traffic: PlannedTraffic,
): readonly Estimate[] {
  const states = limiters.map((limiter) => withoutTables(limiter, stores, traffic));
  const allKeys = states.reduce((sum, { keys }) => sum + keys, 0);
  const tableShare = allKeys === 0 ? 0 : tableBytes(allKeys) / allKeys;
  return states.map(({ limiter, keys, bytes: stateBytes, commandsPerSecond }) => {
    const bytes = stateBytes + keys * tableShare;
    const bytesPerKey = keys === 0 ? 0 : bytes / keys;
    return { limiter, keys, bytesPerKey, bytes, commandsPerSecond };
  });
}

/** The same without the tables, which all keys of a server share. */
function withoutTables(
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
    ? unitBytesOf(policy, names.units(id, tag, policy).length, units.held)
    : 0;
  const slotBytes = slotsBytes(names.slots(id, tag).length, slots.held);
  return {
    limiter: id,
    keys: units.keys + slots.keys,
    bytes: units.keys * unitBytes + slots.keys * slotBytes,
    commandsPerSecond: callsPerSecond,
  };
}

function unitBytesOf(policy: LimiterSettings['policy'], keyLength: number, held: number): number {
  return policy.algorithm === 'sliding_window'
    ? windowBytes(keyLength, held, policy.limit)
    : bucketBytes(keyLength);
}
