import { pass, skip, warn, worstOf, type Finding } from '../check.js';
import type { ServerInfo } from '../servers/server-info.js';
import type { StoreCheck } from './store-check.js';

/** Limits are right whatever the clocks say; `X-RateLimit-Reset` and logs are not. */
const TOLERATED_MS = 5_000;

/** How far the clocks of servers are from this machine's. */
export const clock: StoreCheck = async ({ survey }) =>
  worstOf(await Promise.all(survey.servers.map(judge)));

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
        'Limits hold all the same, because they go by the clock of the server.',
      'Synchronise both machines (chrony or systemd-timesyncd).',
    );
  }
  return pass(`the clock of ${address} is within ${String(TOLERATED_MS / 1_000)} s of this one.`);
}
