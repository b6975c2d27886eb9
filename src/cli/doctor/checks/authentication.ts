import type { RedisStoreSettings } from '../../../config/index.js';
import { hostOf } from '../../../stores/redis/endpoint.js';
import { AdminConnection } from '../../../stores/redis/connection/admin-connection.js';
import { fail, pass, warn, worstOf, type Finding } from '../check.js';
import type { ServerInfo } from '../servers/server-info.js';
import type { StoreCheck, StoreSubject } from './store-check.js';

const FIX =
  'Set `requirepass` on the server (or `ACL SETUSER default off` with a user of its own), ' +
  'and `password` of the store.';

/** Whether a server takes commands from somebody who does not log in. */
export const authentication: StoreCheck = async (subject) =>
  worstOf(await Promise.all(subject.survey.servers.map((facts) => tryWithout(facts, subject))));

async function tryWithout(
  { server }: ServerInfo,
  { settings, distanceTo }: StoreSubject,
): Promise<Finding> {
  const { endpoint, address } = server;
  if (!(await isTaken(server, settings))) {
    return pass(`${address} refuses commands without a password.`);
  }
  const detail = `${address} takes commands from anybody who can connect.`;
  return (await distanceTo(hostOf(endpoint))) === 'loopback'
    ? warn(detail, FIX)
    : fail(detail, FIX);
}

async function isTaken(
  { endpoint }: AdminConnection,
  settings: RedisStoreSettings,
): Promise<boolean> {
  try {
    const nobody = { ...settings, username: null, password: null, db: 0 };
    const stranger = await AdminConnection.open(endpoint, nobody);
    const reply = await stranger.ask('PING');
    stranger.close();
    // A server that cannot save answers PING with that error, to whomever it lets in.
    return reply.isAnswer || reply.failure.kind === 'misconf';
  } catch {
    return false;
  }
}
