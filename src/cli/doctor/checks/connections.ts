import { fail, pass, skip, warn, worstOf, type Finding } from '../check.js';
import { numberOf, whyUnknown, type ServerInfo } from '../servers/server-info.js';
import type { CheckedStore, StoreCheck } from './store-check.js';

/** During a deployment the processes of two versions need connections. */
const SCARCE_SHARE = 0.1;

const FIX =
  'Raise `maxclients` on the server, run fewer processes (each holds one connection to a server), ' +
  'or list the clients with `redis-cli CLIENT LIST`.';

/** Whether servers have connections left, and `max_connections` allows one to each of them. */
export const connections: StoreCheck = async (store) =>
  worstOf([...ownLimit(store), ...(await Promise.all(store.discovered.servers.map(judge)))]);

function ownLimit({ discovered, settings }: CheckedStore): readonly Finding[] {
  const { maxConnections } = settings;
  const needed = discovered.servers.length;
  if (discovered.kind !== 'cluster' || maxConnections === null || needed <= maxConnections)
    return [];
  return [
    fail(
      `the cluster needs a connection to each of its ${String(needed)} primaries, and ` +
        `max_connections is ${String(maxConnections)}.`,
      `Set \`max_connections = ${String(needed)}\` or more, or leave the key out.`,
    ),
  ];
}

async function judge(info: ServerInfo): Promise<Finding> {
  const { address } = info.server;
  const connected = await info.field('clients', 'connected_clients');
  const reported = await info.field('clients', 'maxclients');
  const max = reported.isKnown ? reported : await info.setting('maxclients');
  const [now, most] = [numberOf(connected), numberOf(max)];
  if (now === null || most === null) return skip(`${address}: ${whyUnknown(connected, max)}.`);
  const left = most - now;
  const detail = `${address} has ${String(left)} of ${String(most)} connections left`;
  if (left <= 0) return fail(`${detail}: a process that starts now cannot connect.`, FIX);
  return left < most * SCARCE_SHARE
    ? warn(`${detail}, fewer than a tenth.`, FIX)
    : pass(`${detail}.`);
}
