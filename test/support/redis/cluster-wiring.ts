import { SLOTS, view } from './cluster-view.js';
import { freePort } from './free-port.js';
import { RedisServer } from './redis-server.js';
import type { NamedNode } from './slot-migration.js';
import { waitUntil } from './wait-until.js';

/** What a cluster is made of. */
export interface RedisClusterOptions {
  /** Three unless said otherwise. */
  readonly primaries?: number;
  /** For each primary; one unless said otherwise. */
  readonly replicas?: 0 | 1;
  /** After how long a silent node counts as gone. */
  readonly nodeTimeoutMs?: number;
  /** Whether all slots are refused while one has no node; true unless said otherwise. */
  readonly requireFullCoverage?: boolean;
  readonly password?: string;
}

/** Starts servers that are ready to become a cluster. */
export async function startNodes(
  count: number,
  { nodeTimeoutMs = 2_000, requireFullCoverage = true, password }: RedisClusterOptions,
): Promise<readonly RedisServer[]> {
  const start = async (): Promise<RedisServer> => {
    const bus = await freePort();
    return RedisServer.start({
      password,
      args: [
        ...['--cluster-enabled', 'yes', '--cluster-port', String(bus)],
        ...['--cluster-announce-ip', '127.0.0.1', '--cluster-node-timeout', String(nodeTimeoutMs)],
        ...['--cluster-require-full-coverage', requireFullCoverage ? 'yes' : 'no'],
        // Replicas take over however old their data are, and never change sides by themselves.
        ...['--cluster-replica-validity-factor', '0', '--cluster-allow-replica-migration', 'no'],
      ],
    });
  };
  return Promise.all(Array.from({ length: count }, start));
}

/** Makes the nodes one cluster: the first are its primaries, the others their replicas in turn. */
export async function wire(nodes: readonly RedisServer[], primaries: number): Promise<void> {
  await introduce(nodes);
  await shareOut(nodes.slice(0, primaries));
  const owners = await Promise.all(nodes.slice(0, primaries).map(named));
  await follow(nodes.slice(primaries), owners);
}

/** Waits until something holds on every node, whichever they are when it is looked at. */
export async function everyNode(
  nodes: () => readonly RedisServer[],
  what: string,
  holds: (server: RedisServer) => Promise<boolean>,
): Promise<void> {
  await waitUntil(`${what} on every node`, async () =>
    (await Promise.all(nodes().map(holds))).every((held) => held),
  );
}

/** Asks a node for its name. */
export async function named(server: RedisServer): Promise<NamedNode> {
  return { server, id: String(await server.command('CLUSTER', 'MYID')) };
}

/** Everybody meets everybody: gossip would take longer. */
async function introduce(nodes: readonly RedisServer[]): Promise<void> {
  const buses = await Promise.all(nodes.map(busPort));
  for (const [index, server] of nodes.entries()) {
    await server.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  }
  for (const [index, server] of nodes.entries()) {
    for (const [other, { port }] of nodes.entries()) {
      if (other <= index) continue;
      await server.command('CLUSTER', 'MEET', '127.0.0.1', port, Number(buses[other]));
    }
  }
  await everyNode(
    () => nodes,
    'an introduction',
    async (server) => {
      const known = await view(server);
      return known.length === nodes.length && known.every(({ isStranger }) => !isStranger);
    },
  );
}

async function shareOut(primaries: readonly RedisServer[]): Promise<void> {
  const share = SLOTS / primaries.length;
  for (const [index, server] of primaries.entries()) {
    const [first, next] = [Math.ceil(index * share), Math.ceil((index + 1) * share)];
    await server.command('CLUSTER', 'ADDSLOTSRANGE', first, next - 1);
  }
}

async function follow(
  replicas: readonly RedisServer[],
  primaries: readonly NamedNode[],
): Promise<void> {
  for (const [index, replica] of replicas.entries()) {
    await replica.command('CLUSTER', 'REPLICATE', primaries[index]?.id ?? '');
  }
  for (const replica of replicas) {
    await waitUntil('a replica to have its data', async () => {
      return (await replica.info('replication'))['master_link_status'] === 'up';
    });
  }
}

async function busPort(server: RedisServer): Promise<number> {
  const answer = await server.command('CONFIG', 'GET', 'cluster-port');
  return Array.isArray(answer) ? Number(answer[1]) : 0;
}
