import { fail, pass, skip, warn, worstOf, type Finding } from '../check.js';
import { numberOf, whyUnknown, type ServerInfo } from '../servers/server-info.js';
import type { StoreCheck } from './store-check.js';

const FIX =
  'Set `maxmemory-policy noeviction` (`CONFIG SET maxmemory-policy noeviction`, and in redis.conf ' +
  'or the parameter group of a managed service).';

/**
 * Whether a server drops counters when memory is short. Every key of a limiter expires, so the
 * `volatile-*` policies choose among nothing but counters.
 */
export const evictionPolicy: StoreCheck = async ({ survey }) =>
  worstOf(await Promise.all(survey.servers.map(judge)));

async function judge(facts: ServerInfo): Promise<Finding> {
  const { address } = facts.server;
  const policy = await facts.info('memory', 'maxmemory_policy');
  const known = policy.isKnown ? policy : await facts.setting('maxmemory-policy');
  if (!known.isKnown) return skip(`${address}: ${whyUnknown(policy)}.`);
  if (known.value === 'noeviction') return pass(`${address} drops nothing (noeviction).`);
  const isBounded = numberOf(await facts.info('memory', 'maxmemory')) !== 0;
  return isBounded
    ? fail(`${address} drops counters when memory is short (${known.value}).`, FIX)
    : warn(`${address} would drop counters (${known.value}) once it has a maxmemory.`, FIX);
}
