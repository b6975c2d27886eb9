import type { Environment } from '../../config/index.js';
import { CHECK_IDS, skip, type CheckId, type CheckResult, type Finding } from './check.js';
import { checkConfiguration, checkVariables } from './checks/configuration.js';
import { failClosed } from './checks/fail-closed.js';
import { networkScopeOf, type NetworkScope } from './servers/network-scope.js';
import { checkStore, type OnCheck } from './check-store.js';
import type { ApplicationTarget } from './url/application.js';
import { urlHeaders, urlHealth, urlMetrics } from './url/url-checks.js';
import { urlLimit } from './url/url-limit.js';

/** What is looked at. */
export interface DoctorOptions {
  /** The configuration; null: the usual places. */
  readonly path: string | null;
  readonly env: Environment;
  readonly cwd: string;
  /** The running application; null: it is not asked. */
  readonly application: ApplicationTarget | null;
  readonly onCheck?: OnCheck | undefined;
  /** How far away a host is. Default: by its addresses. */
  readonly distanceTo?: ((host: string) => Promise<NetworkScope>) | undefined;
}

const URL_CHECKS: Readonly<
  Partial<Record<CheckId, (target: ApplicationTarget) => Promise<Finding>>>
> = {
  'url-health': urlHealth,
  'url-metrics': urlMetrics,
  'url-headers': urlHeaders,
  'url-limit': urlLimit,
};

/** Makes every check, one after the other. What cannot be looked at is skipped, with the reason. */
export async function runDoctor(options: DoctorOptions): Promise<readonly CheckResult[]> {
  const { application, onCheck = () => undefined } = options;
  const results = [...(await lookAtConfiguration(options, onCheck))];
  if (application === null) return results;
  for (const id of CHECK_IDS) {
    const check = URL_CHECKS[id];
    if (check === undefined) continue;
    onCheck(id);
    results.push({ id, store: null, ...(await check(application)) });
  }
  return results;
}

async function lookAtConfiguration(
  options: DoctorOptions,
  onCheck: OnCheck,
): Promise<readonly CheckResult[]> {
  onCheck('config');
  const { config, finding } = await checkConfiguration(options);
  const results: CheckResult[] = [
    { id: 'config', store: null, ...finding },
    { id: 'variables', store: null, ...(await checkVariables(options)) },
  ];
  if (config === null) {
    const rest = CHECK_IDS.filter((id) => !id.startsWith('url-')).slice(results.length);
    const skipped = skip('not tried: the configuration does not load.');
    return [...results, ...rest.map((id) => ({ id, store: null, ...skipped }))];
  }
  const { limiters, stores } = config;
  results.push({ id: 'fail-closed', store: null, ...failClosed(limiters) });
  const look = { config, limiters, distanceTo: options.distanceTo ?? networkScopeOf, onCheck };
  for (const store of stores) results.push(...(await checkStore(store, look)));
  return results;
}
