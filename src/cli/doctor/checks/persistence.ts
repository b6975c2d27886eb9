import { fail, pass, skip, warn, worstOf, type Finding } from '../check.js';
import { whyUnknown, type ServerInfo } from '../servers/server-info.js';
import type { StoreCheck } from './store-check.js';

/** Whether counts survive a restart of the server, and whether it can still save. */
export const persistence: StoreCheck = async ({ survey }) =>
  worstOf(await Promise.all(survey.servers.map(judge)));

async function judge(facts: ServerInfo): Promise<Finding> {
  const { address } = facts.server;
  const aof = await facts.info('persistence', 'aof_enabled');
  const lastSave = await facts.info('persistence', 'rdb_last_bgsave_status');
  const lastAppend = await facts.info('persistence', 'aof_last_write_status');
  const save = await facts.setting('save');
  const savesRdb = save.isKnown && save.value.trim() !== '';
  const writesAof = aof.isKnown && aof.value === '1';
  const isBroken = [lastSave, lastAppend].some(
    (status) => status.isKnown && status.value === 'err',
  );
  if (isBroken) {
    return fail(
      `${address} could not save its data the last time, and may refuse writes (MISCONF).`,
      'Make room on the disk and check the rights of `dir`, then run `redis-cli BGSAVE`.',
    );
  }
  if (writesAof) return pass(`${address} writes an append-only file.`);
  if (savesRdb) return pass(`${address} saves snapshots (${save.value}).`);
  if (!aof.isKnown || !save.isKnown) return skip(`${address}: ${whyUnknown(aof, save)}.`);
  return warn(
    `${address} keeps nothing on disk: a restart forgets every count.`,
    'Set `appendonly yes` and `appendfsync everysec`.',
  );
}
