export type {
  CircuitBreakerConfig,
  HttpConfig,
  LimiterConfig,
  LoggingConfig,
  RateSyncConfig,
  StoreConfig,
} from './config-object.js';
export type { Environment } from './table/environment.js';
export { rateSyncJsonSchema } from './json-schema.js';
export { withLines } from './source/problem-lines.js';
export { loadConfig, type LoadConfigOptions } from './load-config.js';
export {
  parseConfigObject,
  parseConfigText,
  type ParseObjectOptions,
  type ParseTextOptions,
} from './parse-config.js';
export type {
  HttpSettings,
  LimiterSettings,
  LoadedConfig,
  LoggingSettings,
  LogLevel,
  RedisStoreSettings,
  StoreSettings,
} from './settings.js';
export type {
  RedisSentinelAddress,
  RedisServerAddress,
  TlsSettings,
} from '../stores/redis/settings.js';
export {
  namedVariables,
  type NamedVariable,
  type VariablesLookup,
} from './source/named-variables.js';
