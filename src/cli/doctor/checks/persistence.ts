import { fail, pass, skip, warn, worstOf, type Finding } from '../check.js';
import { whyUnknown, type ServerInfo } from '../servers/server-info.js';
import type { StoreCheck } from './store-check.js';

/** Whether counts survive a restart of the server, and whether it can save. */
export const persistence: StoreCheck = async ({ discovered }) =>
  worstOf(await Promise.all(discovered.servers.map(judge)));

async function judge(info: ServerInfo): Promise<Finding> {
  const { address } = info.server;
  const aof = await info.field('persistence', 'aof_enabled');
  const lastSave = await info.field('persistence', 'rdb_last_bgsave_status');
  const lastAppend = await info.field('persistence', 'aof_last_write_status');
  const save = await info.setting('save');
  const savesRdb = save.isKnown && save.value.trim() !== '';
  const writesAof = aof.isKnown && aof.value === '1';
  const isBroken = [lastSave, lastAppend].some(
    (status) => status.isKnown && status.value === 'err',
  );
  if (isBroken) {
    return fail(
      `the last save of ${address} failed, and it may reject writes (MISCONF).`,
      'Free disk space and check the permissions of `dir`, then run `redis-cli BGSAVE`.',
    );
  }
  if (writesAof) return pass(`${address} writes an append-only file.`);
  if (savesRdb) return pass(`${address} saves snapshots (${save.value}).`);
  if (!aof.isKnown || !save.isKnown) return skip(`${address}: ${whyUnknown(aof, save)}.`);
  return warn(
    `${address} has no persistence: a restart resets every count.`,
    'Set `appendonly yes` and `appendfsync everysec`.',
  );
}
