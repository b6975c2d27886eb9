import {
  withLines,
  type LimiterSettings,
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
import { storeReachable } from './checks/store-reachable.js';
import { tls } from './checks/tls.js';
import { topology } from './checks/topology.js';
import type { NetworkScope } from './servers/network-scope.js';
import type { StoreCheck, StoreSubject } from './checks/store-check.js';
import { discoverServers, type DiscoveredServers } from './servers/discover-servers.js';

/** What is told while checks run. */
export type OnCheck = (what: string) => void;

/** What a store is looked at with. */
export interface StoreCheckResult {
  readonly config: LoadedConfig;
  readonly limiters: readonly LimiterSettings[];
  readonly distanceTo: (host: string) => Promise<NetworkScope>;
  readonly onCheck: OnCheck;
}

interface Step {
  readonly id: CheckId;
  readonly check: StoreCheck;
  /** Checks that must not have failed before. */
  readonly needs: readonly CheckId[];
}

/** In the order in which they are made; each looks only where what it needs has not failed. */
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

/** Makes every check of a store. */
export async function checkStore(
  settings: StoreSettings,
  look: StoreCheckResult,
): Promise<readonly CheckResult[]> {
  if (settings.strategy === 'memory') return lookAtMemory(settings.id);
  const results: CheckResult[] = [];
  const add = (id: CheckId, finding: Finding): void => {
    results.push({ id, store: settings.id, ...finding });
  };
  look.onCheck(`store-reachable (${settings.id})`);
  const survey = await surveyOrFinding(settings, look.config);
  if (!('servers' in survey)) {
    add('store-reachable', survey);
    skipAll(settings.id, results);
    return results;
  }
  try {
    const { limiters, distanceTo } = look;
    const own = limiters.filter(({ storeId }) => storeId === settings.id);
    const subject: StoreSubject = { settings, limiters: own, survey, distanceTo };
    add('store-reachable', await storeReachable(subject));
    if (survey.servers.length === 0) skipAll(settings.id, results);
    else await lookAtServers(subject, results, look.onCheck);
  } finally {
    survey.close();
  }
  return results;
}

async function lookAtServers(
  subject: StoreSubject,
  results: CheckResult[],
  onCheck: OnCheck,
): Promise<void> {
  const store = subject.settings.id;
  for (const { id, check, needs } of STEPS) {
    const failed = results.find((made) => needs.includes(made.id) && made.result === 'fail');
    onCheck(`${id} (${store})`);
    const finding =
      failed === undefined ? await check(subject) : skip(`not tried: ${failed.id} failed.`);
    results.push({ id, store, ...finding });
  }
}

/** Files of certificates are read when a connection is made. */
async function surveyOrFinding(
  settings: RedisStoreSettings,
  config: LoadedConfig,
): Promise<DiscoveredServers | Finding> {
  try {
    return await discoverServers(settings);
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    return fail(withLines(error, config).message, 'Correct the paths, or the files.');
  }
}

function lookAtMemory(store: string): readonly CheckResult[] {
  const detail = 'the state is in the memory of each process: instances do not share their limits.';
  const fix = 'Set `url` of the store, unless there is only one process and no restart matters.';
  const finding = warn(detail, fix);
  const rest = STEPS.map(({ id }) => ({ id, store, ...skip('the store is process memory.') }));
  return [{ id: 'store-reachable', store, ...finding }, ...rest];
}

function skipAll(store: string, results: CheckResult[]): void {
  const finding = skip('not tried: store-reachable failed.');
  for (const { id } of STEPS) results.push({ id, store, ...finding });
}
