import type {
  RedisSentinelAddress,
  RedisServerAddress,
  RedisStoreSettings,
} from '../../../config/index.js';
import { isStoreUnavailableError, type StoreUnavailableError } from '../../../core/errors/index.js';
import { addressOf, hostOf, type Endpoint } from '../../../stores/redis/endpoint.js';
import type { Hello } from '../../../stores/redis/connection/hello.js';
import { AdminConnection } from '../../../stores/redis/connection/admin-connection.js';
import { failureOfSentinel } from '../../../stores/redis/connection/failures.js';
import { refineFailure } from '../../../stores/redis/connection/refine-failure.js';
import { readHashSlotRanges } from '../../../stores/redis/topology/hash-slots.js';
import { querySentinels, type SentinelReply } from './sentinels.js';
import { ServerInfo } from './server-info.js';

/** The servers of a store, with connections to those that reply. */
export interface DiscoveredServers {
  readonly kind: 'single' | 'cluster' | 'sentinel';
  /** The servers that hold counts. */
  readonly servers: readonly ServerInfo[];
  /** The failures of those that do not reply. */
  readonly unreachable: readonly StoreUnavailableError[];
  readonly sentinels: readonly SentinelReply[];
  /** The hello of the first server. */
  readonly hello: Hello | null;
  close(): void;
}

/** Failures of the first PING after which no check is possible; the checks report the others. */
const UNUSABLE: readonly string[] = ['auth', 'loading', 'busy', 'timeout', 'connection', 'tls'];

/** Connects to every server of a store. Rejects only when certificate files cannot be used. */
export async function discoverServers(settings: RedisStoreSettings): Promise<DiscoveredServers> {
  const { address } = settings;
  if (address.topology === 'client') return discovered('single', [], []);
  return address.topology === 'sentinel'
    ? discoverBehindSentinels(address, settings)
    : discoverByAddress(address, settings);
}

async function discoverByAddress(
  { nodes, topology }: RedisServerAddress,
  settings: RedisStoreSettings,
): Promise<DiscoveredServers> {
  const seeds = await openAll(topology === 'single' ? nodes.slice(0, 1) : nodes, settings);
  const [first] = seeds.opened;
  if (first === undefined) return discovered('single', [], seeds.unreachable);
  const hello = first.greeting;
  if (topology === 'single' || hello.mode !== 'cluster') {
    return discovered('single', seeds.opened, seeds.unreachable, { hello });
  }
  const primaries = await primariesOf(first);
  const known = seeds.opened.filter(({ address }) => primaries.has(address));
  const replicas = seeds.opened.filter(({ address }) => !primaries.has(address));
  if (primaries.size > 0) for (const replica of replicas) replica.close();
  const tried = [...seeds.opened, ...seeds.unreachable].map(({ address }) => address);
  const rest = [...primaries].filter(([at]) => !tried.includes(at)).map(([, endpoint]) => endpoint);
  const others = await openAll(rest, settings);
  const servers = primaries.size > 0 ? [...known, ...others.opened] : seeds.opened;
  const unreachable = [...seeds.unreachable, ...others.unreachable];
  return discovered('cluster', servers, unreachable, { hello });
}

async function discoverBehindSentinels(
  address: RedisSentinelAddress,
  settings: RedisStoreSettings,
): Promise<DiscoveredServers> {
  const { sentinelUsername: username, sentinelPassword: password, sentinelTls: tls } = address;
  const login = { username, password, tls, db: 0 };
  const { opened, unreachable } = await openAll(address.sentinels, { ...settings, ...login });
  const sentinels = await querySentinels(opened, address.masterName);
  for (const sentinel of opened) sentinel.close();
  const absent = unreachable.map((failure) => failureOfSentinel(failure, address.masterName));
  const master = sentinels.find((reply) => reply.master !== null)?.master ?? null;
  const unknown = sentinels.flatMap(({ failure }) =>
    failure === null ? [] : failureOfSentinel(failure, address.masterName),
  );
  if (master === null) return discovered('sentinel', [], [...unknown, ...absent], { sentinels });
  const servers = await openAll([master], settings);
  const hello = servers.opened[0]?.greeting ?? null;
  const failures = [...servers.unreachable, ...absent];
  return discovered('sentinel', servers.opened, failures, { sentinels, hello });
}

function discovered(
  kind: DiscoveredServers['kind'],
  connections: readonly AdminConnection[],
  unreachable: readonly StoreUnavailableError[],
  more: Partial<Pick<DiscoveredServers, 'sentinels' | 'hello'>> = {},
): DiscoveredServers {
  return {
    kind,
    servers: connections.map((connection) => new ServerInfo(connection)),
    unreachable,
    sentinels: more.sentinels ?? [],
    hello: more.hello ?? null,
    close: () => {
      for (const connection of connections) connection.close();
    },
  };
}

interface OpenedConnections {
  readonly opened: readonly AdminConnection[];
  readonly unreachable: readonly StoreUnavailableError[];
}

async function openAll(
  endpoints: readonly Endpoint[],
  settings: RedisStoreSettings,
): Promise<OpenedConnections> {
  const results = await Promise.all(endpoints.map((endpoint) => openOne(endpoint, settings)));
  return {
    opened: results.filter((result) => result instanceof AdminConnection),
    unreachable: results.filter((result) => isStoreUnavailableError(result)),
  };
}

async function openOne(
  endpoint: Endpoint,
  settings: RedisStoreSettings,
): Promise<AdminConnection | StoreUnavailableError> {
  let connection: AdminConnection;
  try {
    connection = await AdminConnection.open(endpoint, settings);
  } catch (error) {
    if (!isStoreUnavailableError(error)) throw error;
    return refineFailure(error, endpoint, settings);
  }
  const reply = await connection.ask('PING');
  if (reply.isAnswer || !UNUSABLE.includes(reply.failure.kind)) return connection;
  connection.close();
  return refineFailure(reply.failure, endpoint, settings);
}

/** The primaries of a cluster by address; empty when the server does not report them. */
async function primariesOf(connection: AdminConnection): Promise<ReadonlyMap<string, Endpoint>> {
  const reply = await connection.ask('CLUSTER', 'SLOTS');
  const ranges = reply.isAnswer ? readHashSlotRanges(reply.value, hostOf(connection.endpoint)) : [];
  return new Map(ranges.map(({ primary }) => [addressOf(primary), primary]));
}
