import type { LimiterSettings, RedisStoreSettings } from '../../../config/index.js';
import type { Finding } from '../check.js';
import type { DiscoveredServers } from '../servers/discover-servers.js';
import type { NetworkScope } from '../servers/network-scope.js';

/** A Redis store that is checked, with connections to its servers. */
export interface CheckedStore {
  readonly settings: RedisStoreSettings;
  /** The limiters that count in it. */
  readonly limiters: readonly LimiterSettings[];
  readonly discovered: DiscoveredServers;
  /** The network that a host is in. */
  readonly scopeOf: (host: string) => Promise<NetworkScope>;
}

/** A check of one Redis store. */
export type StoreCheck = (store: CheckedStore) => Promise<Finding>;
