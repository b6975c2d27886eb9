import {
  withLines,
  type LoadedConfig,
  type RedisStoreSettings,
  type StoreSettings,
} from '../../config/index.js';
import { isConfigurationError } from '../../core/errors/index.js';
import { fail, skip, warn, type CheckId, type CheckResult, type Finding } from './check.js';
import { authentication } from './checks/authentication.js';
import { clock } from './checks/clock.js';
import { connections } from './checks/connections.js';
import { enforcement } from './checks/enforcement.js';
import { evictionPolicy } from './checks/eviction-policy.js';
import { hashSecret } from './checks/hash-secret.js';
import { latency } from './checks/latency.js';
import { memory } from './checks/memory.js';
import { permissions } from './checks/permissions.js';
import { persistence } from './checks/persistence.js';
import { serverVersion } from './checks/server-version.js';
import type { CheckedStore, StoreCheck } from './checks/store-check.js';
import { storeReachable } from './checks/store-reachable.js';
import { tls } from './checks/tls.js';
import { topology } from './checks/topology.js';
import { discoverServers, type DiscoveredServers } from './servers/discover-servers.js';
import type { NetworkScope } from './servers/network-scope.js';

/** Called with the name of each check before it runs. */
export type OnCheck = (check: string) => void;

/** The surroundings of a store that is checked. */
export interface StoreCheckContext {
  readonly config: LoadedConfig;
  readonly scopeOf: (host: string) => Promise<NetworkScope>;
  readonly onCheck: OnCheck;
}

interface Step {
  readonly id: CheckId;
  readonly check: StoreCheck;
  /** Checks whose failure makes this one pointless. */
  readonly needs: readonly CheckId[];
}

/** In the order in which they run. */
const STEPS: readonly Step[] = [
  { id: 'authentication', check: authentication, needs: [] },
  { id: 'tls', check: tls, needs: [] },
  { id: 'hash-secret', check: hashSecret, needs: [] },
  { id: 'server-version', check: serverVersion, needs: [] },
  { id: 'topology', check: topology, needs: [] },
  { id: 'eviction-policy', check: evictionPolicy, needs: [] },
  { id: 'permissions', check: permissions, needs: ['server-version', 'topology'] },
  { id: 'latency', check: latency, needs: [] },
  { id: 'clock', check: clock, needs: [] },
  { id: 'persistence', check: persistence, needs: [] },
  { id: 'memory', check: memory, needs: [] },
  { id: 'connections', check: connections, needs: [] },
  { id: 'enforcement', check: enforcement, needs: ['server-version', 'topology', 'permissions'] },
];

/** Runs every check of a store. */
export async function checkStore(
  settings: StoreSettings,
  context: StoreCheckContext,
): Promise<readonly CheckResult[]> {
  const storeId = settings.id;
  context.onCheck(`store-reachable (${storeId})`);
  if (settings.strategy === 'memory') {
    return [{ id: 'store-reachable', storeId, ...memoryFinding() }];
  }
  const servers = await discoverOrFinding(settings, context.config);
  if (!('servers' in servers)) {
    return [{ id: 'store-reachable', storeId, ...servers }, ...skipAll(storeId)];
  }
  try {
    const { config, scopeOf, onCheck } = context;
    const limiters = config.limiters.filter((limiter) => limiter.storeId === storeId);
    const store: CheckedStore = { settings, limiters, discovered: servers, scopeOf };
    const reachable = { id: 'store-reachable', storeId, ...(await storeReachable(store)) } as const;
    const rest =
      servers.servers.length === 0 ? skipAll(storeId) : await checkServers(store, onCheck);
    return [reachable, ...rest];
  } finally {
    servers.close();
  }
}

async function checkServers(
  store: CheckedStore,
  onCheck: OnCheck,
): Promise<readonly CheckResult[]> {
  const storeId = store.settings.id;
  const results: CheckResult[] = [];
  for (const { id, check, needs } of STEPS) {
    const failed = results.find(
      (earlier) => needs.includes(earlier.id) && earlier.result === 'fail',
    );
    onCheck(`${id} (${storeId})`);
    const finding =
      failed === undefined ? await check(store) : skip(`not checked: ${failed.id} failed.`);
    results.push({ id, storeId, ...finding });
  }
  return results;
}

/** Certificate files are read when a connection is made; a finding when they cannot be used. */
async function discoverOrFinding(
  settings: RedisStoreSettings,
  config: LoadedConfig,
): Promise<DiscoveredServers | Finding> {
  try {
    return await discoverServers(settings);
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    return fail(withLines(error, config).message, 'Correct the paths or the files.');
  }
}

/** There is no server to check. */
function memoryFinding(): Finding {
  return warn(
    'a memory store: each process counts for itself, and a restart resets the counts.',
    'Set `url` of the store, unless one process is enough and counts may be lost.',
  );
}

function skipAll(storeId: string): readonly CheckResult[] {
  const finding = skip('not checked: store-reachable failed.');
  return STEPS.map(({ id }) => ({ id, storeId, ...finding }));
}
