import {
  parseConfigObject,
  type RedisStoreSettings,
  type StoreConfig,
} from '../../src/config/index.js';

/** The settings of a Redis store, with the defaults of the configuration. */
export function redisSettings(store: StoreConfig): RedisStoreSettings {
  const config = { stores: { main: store }, limiters: { any: { ratePerSecond: 1 } } };
  const [settings] = parseConfigObject(config, { env: {} }).stores;
  if (settings?.strategy !== 'redis')
    throw new Error('these are not the settings of a Redis store');
  return settings;
}
