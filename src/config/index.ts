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
export { Secret } from './secret.js';
export type {
  CircuitBreakerSettings,
  ErrorBodyStyle,
  HeaderFamily,
  HttpSettings,
  LimiterSettings,
  LoggingSettings,
  LogLevel,
  LoadedConfig,
  MemoryStoreSettings,
  RedisAddress,
  RedisClientAddress,
  RedisNode,
  RedisSentinelAddress,
  RedisServerAddress,
  RedisStoreSettings,
  StoreSettings,
  TlsSettings,
} from './settings.js';
export {
  namedVariables,
  type NamedVariable,
  type VariablesLookup,
} from './source/named-variables.js';
