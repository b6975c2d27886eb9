import { describeCostlyWindows } from '../../costly-windows.js';
import { describeBytes } from '../../describe.js';
import { fail, pass, skip, warn, worstOf, type Finding } from '../check.js';
import { numberOf, whyUnknown, type ServerInfo } from '../servers/server-info.js';
import type { StoreCheck } from './store-check.js';

const NEARLY_FULL = 0.8;

const FIX =
  'Raise `maxmemory`, or find large keys with `redis-cli --bigkeys`; ' +
  '`npx rate-sync plan --identifiers N --rps N` estimates the needs of limiters.';

const FIX_WINDOW =
  'A token bucket (`rate_per_second`, `burst`) for high limits, or a lower `limit` over a shorter window.';

/** Whether memory is left, of `maxmemory` or of the machine, and the size of one identifier's state. */
export const memory: StoreCheck = async ({ discovered, limiters }) => {
  const costly = describeCostlyWindows(limiters).map((note) => warn(note, FIX_WINDOW));
  return worstOf([...(await Promise.all(discovered.servers.map(judge))), ...costly]);
};

async function judge(info: ServerInfo): Promise<Finding> {
  const { address } = info.server;
  const used = await info.field('memory', 'used_memory');
  const max = await info.field('memory', 'maxmemory');
  const machine = numberOf(await info.field('memory', 'total_system_memory'));
  const [usedBytes, maxBytes] = [numberOf(used), numberOf(max)];
  if (usedBytes === null || maxBytes === null) return skip(`${address}: ${whyUnknown(used, max)}.`);
  const bound = maxBytes === 0 ? machine : maxBytes;
  const boundName = maxBytes === 0 ? "the machine's memory (no maxmemory)" : 'maxmemory';
  if (bound === null || bound === 0) return pass(`${address} uses ${describeBytes(usedBytes)}.`);
  const detail = `${address} uses ${describeBytes(usedBytes)} of ${describeBytes(bound)}, ${boundName}`;
  const share = usedBytes / bound;
  const isFull = maxBytes > 0 && share >= 1;
  const policy = await info.field('memory', 'maxmemory_policy');
  if (isFull && policy.isKnown && policy.value === 'noeviction') {
    return fail(`${detail}: it rejects writes, and every decision uses its failure mode.`, FIX);
  }
  return share > NEARLY_FULL ? warn(`${detail}: nearly all.`, FIX) : pass(`${detail}.`);
}
