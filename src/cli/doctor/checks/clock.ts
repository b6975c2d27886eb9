import { pass, skip, warn, worstOf, type Finding } from '../check.js';
import type { ServerInfo } from '../servers/server-info.js';
import type { StoreCheck } from './store-check.js';

/** Clock differences affect `X-RateLimit-Reset` and logs, not the limits. */
const TOLERATED_MS = 5_000;

/** Whether the clocks of the servers agree with this machine's. */
export const clock: StoreCheck = async ({ discovered }) =>
  worstOf(await Promise.all(discovered.servers.map(judge)));

async function judge({ server }: ServerInfo): Promise<Finding> {
  const { address } = server;
  const before = Date.now();
  const reply = await server.ask('TIME');
  const after = Date.now();
  if (!reply.isAnswer || !Array.isArray(reply.value)) {
    return skip(`${address}: TIME could not be read.`);
  }
  const [seconds, micros] = reply.value.map(Number);
  const theirs = (seconds ?? 0) * 1_000 + (micros ?? 0) / 1_000;
  const offMs = theirs - (before + after) / 2;
  if (Math.abs(offMs) > TOLERATED_MS) {
    const seconds = (Math.abs(offMs) / 1_000).toFixed(1);
    const direction = offMs > 0 ? 'ahead of' : 'behind';
    return warn(
      `the clock of ${address} is ${seconds} s ${direction} this machine's. ` +
        'Limits are not affected: they use the clock of the server.',
      'Synchronise both machines (chrony or systemd-timesyncd).',
    );
  }
  return pass(`the clock of ${address} is within ${String(TOLERATED_MS / 1_000)} s of this one.`);
}
