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
import { askSentinels, type SentinelView } from './sentinels.js';
import { ServerInfo } from './server-info.js';

/** The servers of a store, as they were found. */
export interface DiscoveredServers {
  readonly kind: 'single' | 'cluster' | 'sentinel';
  /** Those that hold counts and answer. */
  readonly servers: readonly ServerInfo[];
  /** Why others that were asked do not answer. */
  readonly lost: readonly StoreUnavailableError[];
  readonly sentinels: readonly SentinelView[];
  /** What the first server that answered says it is. */
  readonly greeting: Hello | null;
  close(): void;
}

/** Failures of a first PING with which a server is of no use; others are for the checks. */
const USELESS: readonly string[] = ['auth', 'loading', 'busy', 'timeout', 'connection', 'tls'];

/** Connects to every server of a store. Rejects only for certificate files that cannot be used. */
export async function discoverServers(settings: RedisStoreSettings): Promise<DiscoveredServers> {
  const { address } = settings;
  if (address.topology === 'client') return surveyed('single', [], []);
  return address.topology === 'sentinel'
    ? surveySentinel(address, settings)
    : surveyServers(address, settings);
}

async function surveyServers(
  { nodes, topology }: RedisServerAddress,
  settings: RedisStoreSettings,
): Promise<DiscoveredServers> {
  const asked = topology === 'single' ? nodes.slice(0, 1) : nodes;
  const seeds = await openAll(asked, settings);
  const [first] = seeds.opened;
  if (first === undefined) return surveyed('single', [], seeds.lost);
  const { greeting } = first;
  if (topology === 'single' || greeting.mode !== 'cluster') {
    return surveyed('single', seeds.opened, seeds.lost, { greeting });
  }
  const primaries = await primariesOf(first);
  const known = seeds.opened.filter(({ address }) => primaries.has(address));
  const replicas = seeds.opened.filter(({ address }) => !primaries.has(address));
  if (primaries.size > 0) for (const replica of replicas) replica.close();
  const tried = [...seeds.opened, ...seeds.lost].map(({ address }) => address);
  const rest = [...primaries].filter(([at]) => !tried.includes(at)).map(([, endpoint]) => endpoint);
  const others = await openAll(rest, settings);
  const servers = primaries.size > 0 ? [...known, ...others.opened] : seeds.opened;
  return surveyed('cluster', servers, [...seeds.lost, ...others.lost], { greeting });
}

async function surveySentinel(
  address: RedisSentinelAddress,
  settings: RedisStoreSettings,
): Promise<DiscoveredServers> {
  const { sentinelUsername: username, sentinelPassword: password, sentinelTls: tls } = address;
  const login = { username, password, tls, db: 0 };
  const { opened, lost } = await openAll(address.sentinels, { ...settings, ...login });
  const sentinels = await askSentinels(opened, address.masterName);
  for (const sentinel of opened) sentinel.close();
  const absent = lost.map((failure) => failureOfSentinel(failure, address.masterName));
  const master = sentinels.find((view) => view.master !== null)?.master ?? null;
  const unknown = sentinels.flatMap(({ failure }) =>
    failure === null ? [] : failureOfSentinel(failure, address.masterName),
  );
  if (master === null) return surveyed('sentinel', [], [...unknown, ...absent], { sentinels });
  const servers = await openAll([master], settings);
  const greeting = servers.opened[0]?.greeting ?? null;
  const all = [...servers.lost, ...absent];
  return surveyed('sentinel', servers.opened, all, { sentinels, greeting });
}

function surveyed(
  kind: DiscoveredServers['kind'],
  connections: readonly AdminConnection[],
  lost: readonly StoreUnavailableError[],
  more: Partial<Pick<DiscoveredServers, 'sentinels' | 'greeting'>> = {},
): DiscoveredServers {
  return {
    kind,
    servers: connections.map((connection) => new ServerInfo(connection)),
    lost,
    sentinels: more.sentinels ?? [],
    greeting: more.greeting ?? null,
    close: () => {
      for (const connection of connections) connection.close();
    },
  };
}

interface Opened {
  readonly opened: readonly AdminConnection[];
  readonly lost: readonly StoreUnavailableError[];
}

async function openAll(
  endpoints: readonly Endpoint[],
  settings: RedisStoreSettings,
): Promise<Opened> {
  const tried = await Promise.all(endpoints.map((endpoint) => openOne(endpoint, settings)));
  return {
    opened: tried.filter((one) => one instanceof AdminConnection),
    lost: tried.filter((one) => isStoreUnavailableError(one)),
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
  if (reply.isAnswer || !USELESS.includes(reply.failure.kind)) return connection;
  connection.close();
  return refineFailure(reply.failure, endpoint, settings);
}

/** The primaries of a cluster by their addresses; none when the server does not tell. */
async function primariesOf(connection: AdminConnection): Promise<ReadonlyMap<string, Endpoint>> {
  const reply = await connection.ask('CLUSTER', 'SLOTS');
  const ranges = reply.isAnswer ? readHashSlotRanges(reply.value, hostOf(connection.endpoint)) : [];
  return new Map(ranges.map(({ primary }) => [addressOf(primary), primary]));
}
