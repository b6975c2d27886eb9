import { fail, pass, skip, warn, worstOf, type Finding } from '../check.js';
import { numberOf, whyUnknown, type ServerInfo } from '../servers/server-info.js';
import type { StoreCheck } from './store-check.js';

const FIX =
  'Set `maxmemory-policy noeviction` (`CONFIG SET maxmemory-policy noeviction`, and in redis.conf ' +
  'or the parameter group of a managed service).';

/**
 * Whether a server evicts counters when memory is short. Every key of a limiter has a TTL, so the
 * `volatile-*` policies evict counters first.
 */
export const evictionPolicy: StoreCheck = async ({ discovered }) =>
  worstOf(await Promise.all(discovered.servers.map(judge)));

async function judge(info: ServerInfo): Promise<Finding> {
  const { address } = info.server;
  const policy = await info.field('memory', 'maxmemory_policy');
  const known = policy.isKnown ? policy : await info.setting('maxmemory-policy');
  if (!known.isKnown) return skip(`${address}: ${whyUnknown(policy)}.`);
  if (known.value === 'noeviction') return pass(`${address} evicts no keys (noeviction).`);
  const isBounded = numberOf(await info.field('memory', 'maxmemory')) !== 0;
  return isBounded
    ? fail(`${address} evicts counters when memory is short (${known.value}).`, FIX)
    : warn(`${address} would evict counters (${known.value}) with a maxmemory.`, FIX);
}
