import { fail, pass, skip, warn, worstOf, type Finding } from '../check.js';
import { numberOf, whyUnknown, type ServerInfo } from '../servers/server-info.js';
import type { StoreCheck, StoreSubject } from './store-check.js';

/** A new version starts beside the old one, and each of its processes needs a connection. */
const SCARCE_SHARE = 0.1;

const FIX =
  'Raise `maxclients` on the server, run fewer processes (each holds one connection to a server), ' +
  'or find who holds them with `redis-cli CLIENT LIST`.';

/** Whether servers have connections left, and `max_connections` allows one to each of them. */
export const connections: StoreCheck = async (subject) =>
  worstOf([...ceiling(subject), ...(await Promise.all(subject.survey.servers.map(judge)))]);

function ceiling({ survey, settings }: StoreSubject): readonly Finding[] {
  const { maxConnections } = settings;
  const needed = survey.servers.length;
  if (survey.kind !== 'cluster' || maxConnections === null || needed <= maxConnections) return [];
  return [
    fail(
      `the cluster has ${String(needed)} primaries and needs a connection to each, and ` +
        `max_connections is ${String(maxConnections)}.`,
      `Set \`max_connections = ${String(needed)}\` or more, or leave the key out.`,
    ),
  ];
}

async function judge(facts: ServerInfo): Promise<Finding> {
  const { address } = facts.server;
  const connected = await facts.info('clients', 'connected_clients');
  const told = await facts.info('clients', 'maxclients');
  const max = told.isKnown ? told : await facts.setting('maxclients');
  const [now, most] = [numberOf(connected), numberOf(max)];
  if (now === null || most === null) return skip(`${address}: ${whyUnknown(connected, max)}.`);
  const left = most - now;
  const detail = `${address} has ${String(left)} of ${String(most)} connections left`;
  if (left <= 0) return fail(`${detail}: a process that starts now cannot connect.`, FIX);
  return left < most * SCARCE_SHARE
    ? warn(`${detail}, fewer than a tenth.`, FIX)
    : pass(`${detail}.`);
}
