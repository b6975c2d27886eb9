import type { LimiterSettings, RedisStoreSettings } from '../../../config/index.js';
import type { NetworkScope } from '../servers/network-scope.js';
import type { Finding } from '../check.js';
import type { DiscoveredServers } from '../servers/discover-servers.js';

/** A Redis store that is looked at, with connections to its servers. */
export interface StoreSubject {
  readonly settings: RedisStoreSettings;
  /** The limiters that count in it. */
  readonly limiters: readonly LimiterSettings[];
  readonly survey: DiscoveredServers;
  /** How far away a host is. */
  readonly distanceTo: (host: string) => Promise<NetworkScope>;
}

/** A check of one Redis store. */
export type StoreCheck = (subject: StoreSubject) => Promise<Finding>;
