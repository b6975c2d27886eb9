import type { RedisStoreSettings } from '../../../config/index.js';
import { hostOf } from '../../../stores/redis/endpoint.js';
import { AdminConnection } from '../../../stores/redis/connection/admin-connection.js';
import { fail, pass, warn, worstOf, type Finding } from '../check.js';
import type { ServerInfo } from '../servers/server-info.js';
import type { CheckedStore, StoreCheck } from './store-check.js';

const FIX =
  'Set `requirepass` on the server (or `ACL SETUSER default off` with a user of its own), ' +
  'and `password` of the store.';

/** Whether a server executes commands of clients that have not authenticated. */
export const authentication: StoreCheck = async (store) =>
  worstOf(await Promise.all(store.discovered.servers.map((info) => judge(info, store))));

async function judge(
  { server }: ServerInfo,
  { settings, scopeOf }: CheckedStore,
): Promise<Finding> {
  const { endpoint, address } = server;
  if (!(await isOpen(server, settings))) {
    return pass(`${address} refuses commands without a password.`);
  }
  const detail = `${address} executes commands of every client that can connect.`;
  return (await scopeOf(hostOf(endpoint))) === 'loopback' ? warn(detail, FIX) : fail(detail, FIX);
}

/** Connects without a user and a password, and sends a command. */
async function isOpen(
  { endpoint }: AdminConnection,
  settings: RedisStoreSettings,
): Promise<boolean> {
  try {
    const withoutLogin = { ...settings, username: null, password: null, db: 0 };
    const connection = await AdminConnection.open(endpoint, withoutLogin);
    const reply = await connection.ask('PING');
    connection.close();
    // A server that cannot save replies to PING with that error, once it has accepted the client.
    return reply.isAnswer || reply.failure.kind === 'misconf';
  } catch {
    return false;
  }
}
