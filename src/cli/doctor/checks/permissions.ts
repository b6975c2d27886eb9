import { isStoreUnavailableError } from '../../../core/errors/index.js';
import { KeyNames } from '../../../stores/redis/protocol/keys.js';
import type { AdminConnection } from '../../../stores/redis/connection/admin-connection.js';
import { fail, pass, worstOf, type Finding } from '../check.js';
import { explainFailure } from '../servers/explain-failure.js';
import { TrialLimiter } from '../trial-limiter.js';
import type { ServerInfo } from '../servers/server-info.js';
import type { StoreCheck } from './store-check.js';

/** Whether the user of the store may run the script on every key of the store. */
export const permissions: StoreCheck = async ({ settings, discovered }) => {
  const { keyPrefix } = settings;
  const findings = discovered.servers.map((info) => tryCommands(info, keyPrefix, discovered.kind));
  const worst = worstOf(await Promise.all(findings));
  if (worst.result !== 'pass') return worst;
  const trial = new TrialLimiter(settings);
  try {
    await trial.consume(trial.open(), 1);
    return worst;
  } catch (error) {
    if (!isStoreUnavailableError(error)) throw error;
    return explainFailure(error);
  } finally {
    await trial.close();
  }
};

/** Every command of the script on its own, without an effect. */
export function commandsFor(key: string): readonly (readonly [string, ...string[]])[] {
  return [
    ['EVALSHA', '0'.repeat(40), '1', key],
    ['EVAL', 'return 1', '1', key],
    ['GET', key],
    ['GETRANGE', key, '0', '0'],
    ['SET', key, '1', 'XX', 'PX', '1'],
    ['SETRANGE', key, '0', ''],
    ['DEL', key],
    ['PEXPIRE', key, '1'],
    ['TIME'],
    ['ZADD', key, 'XX', '0', 'none'],
    ['ZCARD', key],
    ['ZCOUNT', key, '0', '0'],
    ['ZRANGE', key, '0', '0'],
    ['ZREM', key, 'none'],
    ['ZREMRANGEBYSCORE', key, '0', '0'],
    ['ZSCORE', key, 'none'],
  ];
}

async function tryCommands({ server }: ServerInfo, prefix: string, kind: string): Promise<Finding> {
  const key = new KeyNames(prefix, null).probe('doctor');
  const commands = new Set<string>();
  let isKeyMissing = false;
  const cluster = kind === 'cluster' ? [['CLUSTER', 'SLOTS'] as const] : [];
  for (const [name, ...args] of [...commandsFor(key), ...cluster]) {
    const missing = await missingRight(server, name, args);
    if (missing === 'key') isKeyMissing = true;
    else if (missing !== null) commands.add(missing);
  }
  const rights = [...commands].map((name) => `+${name}`);
  if (isKeyMissing) rights.push(`~${prefix}:*`);
  if (rights.length === 0) return pass(`the user may run the script on ${prefix}:* keys.`);
  return fail(
    `on ${server.address} the user of this store lacks: ${rights.join(' ')}`,
    `Run \`ACL SETUSER NAME ${rights.join(' ')}\` with the name of that user, then \`ACL SAVE\`.`,
  );
}

async function missingRight(
  server: AdminConnection,
  name: string,
  args: readonly string[],
): Promise<string | null> {
  const reply = await server.ask(name, ...args);
  if (reply.isAnswer || reply.missing === null) return null;
  return reply.missing.kind === 'key' ? 'key' : reply.missing.name;
}
