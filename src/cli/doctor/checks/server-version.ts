import { fail, pass, skip, worstOf, type Finding } from '../check.js';
import { whyUnknown, type ServerInfo } from '../servers/server-info.js';
import type { StoreCheck } from './store-check.js';

/** The oldest version with every command of the script. */
const OLDEST = [6, 2] as const;

/** Whether the version of the servers is supported. */
export const serverVersion: StoreCheck = async ({ discovered }) =>
  worstOf(await Promise.all(discovered.servers.map(judge)));

async function judge(info: ServerInfo): Promise<Finding> {
  const { address } = info.server;
  const version = await info.field('server', 'redis_version');
  if (!version.isKnown) return skip(`${address}: ${whyUnknown(version)}.`);
  const [major = 0, minor = 0] = version.value.split('.').map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  return isOld
    ? fail(`${address} is Redis ${version.value}.`, 'Upgrade to Redis 6.2 or newer.')
    : pass(`${address} is Redis ${version.value}.`);
}
