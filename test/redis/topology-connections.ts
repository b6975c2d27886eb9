import type { RedisServer } from '../support/redis/redis-server.js';

/** A connection as `CLIENT LIST` describes it: `id`, `name`, `db`, `cmd` … */
export type ServerSideConnection = Readonly<Record<string, string>>;

/** The connections to a server that the store named. */
export async function connectionsOf(
  server: RedisServer,
  storeId = 'main',
): Promise<readonly ServerSideConnection[]> {
  const connections = await allConnections(server);
  return connections.filter(({ name }) => name === `rate-sync:${storeId}`);
}

/** All connections to a server but the harness' own. */
export async function strangers(server: RedisServer): Promise<readonly ServerSideConnection[]> {
  const connections = await allConnections(server);
  return connections.filter(({ user }) => user !== 'harness');
}

async function allConnections(server: RedisServer): Promise<readonly ServerSideConnection[]> {
  const lines = String(await server.command('CLIENT', 'LIST'))
    .trim()
    .split('\n');
  return lines.map(parseConnection);
}

function parseConnection(line: string): ServerSideConnection {
  const pairs = line.split(' ').map((field) => {
    const at = field.indexOf('=');
    return [field.slice(0, at), field.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs);
}
