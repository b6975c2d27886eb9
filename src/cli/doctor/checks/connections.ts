import { fail, pass, skip, warn, worstOf, type Finding } from '../check.js';
import { numberOf, whyUnknown, type ServerFacts } from '../server-facts.js';
import type { StoreCheck } from '../store-subject.js';

/** Whether a server has connections left for `max_connections` of one more process. */
export const connections: StoreCheck = async ({ survey, settings }) =>
  worstOf(await Promise.all(survey.servers.map((facts) => judge(facts, settings.maxConnections))));

async function judge(facts: ServerFacts, wanted: number): Promise<Finding> {
  const { address } = facts.server;
  const connected = await facts.info('clients', 'connected_clients');
  const told = await facts.info('clients', 'maxclients');
  const max = told.isKnown ? told : await facts.setting('maxclients');
  const [now, most] = [numberOf(connected), numberOf(max)];
  if (now === null || most === null) return skip(`${address}: ${whyUnknown(connected, max)}.`);
  const left = most - now;
  const detail = `${address} has ${String(left)} of ${String(most)} connections left`;
  const fix =
    `Raise \`maxclients\` on the server, or lower \`max_connections\` (${String(wanted)}) of the ` +
    'store, or find who holds them with `redis-cli CLIENT LIST`.';
  if (left <= 0) return fail(`${detail}: a process that starts now cannot connect.`, fix);
  return left < wanted ? warn(`${detail}, fewer than max_connections.`, fix) : pass(`${detail}.`);
}
