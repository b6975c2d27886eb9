import type { Environment } from '../../config/index.js';
import { CHECK_IDS, skip, type CheckId, type CheckResult, type Finding } from './check.js';
import { checkStore, type OnCheck } from './check-store.js';
import { checkConfiguration, checkVariables } from './checks/configuration.js';
import { failClosed } from './checks/fail-closed.js';
import { networkScopeOf, type NetworkScope } from './servers/network-scope.js';
import type { ApplicationTarget } from './url/application.js';
import { urlHeaders, urlHealth, urlMetrics } from './url/url-checks.js';
import { urlLimit } from './url/url-limit.js';

/** What to check. */
export interface DoctorOptions {
  /** The configuration file; null for the default locations. */
  readonly path: string | null;
  readonly env: Environment;
  readonly cwd: string;
  /** The running application; null to leave it out. */
  readonly application: ApplicationTarget | null;
  readonly onCheck?: OnCheck | undefined;
  /** The network that a host is in. Default: by its addresses. */
  readonly scopeOf?: ((host: string) => Promise<NetworkScope>) | undefined;
}

const URL_CHECKS: Readonly<
  Partial<Record<CheckId, (target: ApplicationTarget) => Promise<Finding>>>
> = {
  'url-health': urlHealth,
  'url-metrics': urlMetrics,
  'url-headers': urlHeaders,
  'url-limit': urlLimit,
};

/** Runs every check in turn. A check that cannot run is skipped, with the reason. */
export async function runDoctor(options: DoctorOptions): Promise<readonly CheckResult[]> {
  const { application, onCheck = () => undefined } = options;
  const results = [...(await checkConfigurationAndStores(options, onCheck))];
  if (application === null) return results;
  for (const id of CHECK_IDS) {
    const check = URL_CHECKS[id];
    if (check === undefined) continue;
    onCheck(id);
    results.push(general(id, await check(application)));
  }
  return results;
}

async function checkConfigurationAndStores(
  options: DoctorOptions,
  onCheck: OnCheck,
): Promise<readonly CheckResult[]> {
  onCheck('config');
  const { config, finding } = await checkConfiguration(options);
  const results = [general('config', finding), general('variables', await checkVariables(options))];
  if (config === null) {
    const rest = CHECK_IDS.filter((id) => !id.startsWith('url-')).slice(results.length);
    const skipped = skip('not checked: the configuration does not load.');
    return [...results, ...rest.map((id) => general(id, skipped))];
  }
  results.push(general('fail-closed', failClosed(config.limiters)));
  const context = { config, scopeOf: options.scopeOf ?? networkScopeOf, onCheck };
  for (const store of config.stores) results.push(...(await checkStore(store, context)));
  return results;
}

/** The result of a check that is not about one store. */
function general(id: CheckId, finding: Finding): CheckResult {
  return { id, storeId: null, ...finding };
}
