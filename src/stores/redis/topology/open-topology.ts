import type { Clock } from '../../../core/clock.js';
import { InvalidUsageError, StoreUnavailableError } from '../../../core/errors/index.js';
import type { CircuitEvent } from '../../../core/events.js';
import { Backoff } from '../connection/backoff.js';
import { Cluster } from './cluster.js';
import { createClient, createSentinelClient } from '../connection/create-client.js';
import { addressOf, type Endpoint } from '../endpoint.js';
import type { KeyNames } from '../protocol/keys.js';
import type { FailureOrigin } from '../connection/failures.js';
import type { Hello } from '../connection/hello.js';
import { sayHelloAndRecord } from './node-status.js';
import { SingleServer } from './single-server.js';
import { encodeProbe } from '../protocol/encode.js';
import { isRedisClient, type RedisClient } from '../connection/redis-client.js';
import { Server } from './server.js';
import type { PreparedServer, TopologyHooks } from './server-options.js';
import type { RedisSentinelAddress, RedisSettings } from '../settings.js';
import type { Topology } from './topology.js';

export interface TopologyContext {
  readonly settings: RedisSettings;
  readonly names: KeyNames;
  readonly clock: Clock;
  readonly nowUs: () => number;
  readonly onCircuit: (event: CircuitEvent) => void;
}

/** The hash tag of the key that probes write where hash slots do not matter. */
const PROBE_HASH_TAG = 'proof';

const NO_HOOKS: TopologyHooks = {
  isOwned: true,
  isOneSlotPerCall: () => false,
  probeHashTag: () => PROBE_HASH_TAG,
  prepare: () => Promise.resolve(),
  redirect: () => false,
  onUp: () => undefined,
  onDown: () => undefined,
};

/** Creates the servers of a store. They connect when the topology is opened. */
export function openTopology(context: TopologyContext): Topology {
  const { address } = context.settings;
  switch (address.topology) {
    case 'auto':
    case 'cluster':
      return openCluster(address.nodes, address.topology, context);
    case 'single':
      return openSingle(address.nodes, context);
    case 'sentinel':
      return openSentinel(address, context);
    case 'client':
      return openClient(address.client, context);
  }
}

function openCluster(
  seeds: readonly Endpoint[],
  mode: 'auto' | 'cluster',
  context: TopologyContext,
): Topology {
  const { settings, clock } = context;
  return new Cluster({
    storeId: settings.id,
    seeds,
    mode,
    maxConnections: settings.maxConnections,
    clock,
    openServer: (endpoint, hooks) => {
      const connect = (backoff: Backoff): RedisClient => createClient(endpoint, settings, backoff);
      return openServer(connect, addressOf(endpoint), { ...NO_HOOKS, ...hooks }, context);
    },
  });
}

function openSingle(nodes: readonly Endpoint[], context: TopologyContext): Topology {
  const [endpoint = { host: 'localhost', port: 6379 }] = nodes;
  const address = addressOf(endpoint);
  const connect = (backoff: Backoff): RedisClient =>
    createClient(endpoint, context.settings, backoff);
  const origin = { storeId: context.settings.id, address };
  const prepare = async (server: PreparedServer): Promise<void> => {
    requireOneServer(await sayHelloAndRecord(server), origin);
  };
  const server = openServer(connect, address, { ...NO_HOOKS, prepare }, context);
  return new SingleServer({ name: 'single', isCluster: false, address }, server);
}

function openSentinel(location: RedisSentinelAddress, context: TopologyContext): Topology {
  const address = `${location.masterName} by ${location.sentinels.map(addressOf).join(',')}`;
  const connect = (backoff: Backoff): RedisClient =>
    createSentinelClient(location, context.settings, backoff);
  const server = openServer(connect, address, { ...NO_HOOKS, prepare: requireMaster }, context);
  return new SingleServer({ name: 'sentinel', isCluster: false, address }, server);
}

/** A node of a cluster serves some keys only, and a sentinel none. */
function requireOneServer({ mode }: Hello, origin: FailureOrigin): void {
  if (mode !== 'cluster' && mode !== 'sentinel') return;
  const code = mode === 'cluster' ? 'CLUSTER_MODE' : 'SENTINEL_MODE';
  throw new StoreUnavailableError({ ...origin, kind: 'topology', failureCode: code });
}

/** Sentinels that have not noticed a failover yet still name the old master. */
async function requireMaster(server: PreparedServer): Promise<void> {
  const { role } = await sayHelloAndRecord(server);
  if (role !== null && role !== 'master') throw new Error(`READONLY the server is a ${role}`);
}

function openClient(client: object, context: TopologyContext): Topology {
  if (!isRedisClient(client)) {
    throw new InvalidUsageError(
      `the client of store "${context.settings.id}" is not an ioredis client: it lacks ` +
        'evalshaBuffer, evalBuffer, call, connect, on or off. Give it a Redis or a Cluster of ioredis.',
    );
  }
  const isCluster = client.isCluster === true;
  const hooks = { ...NO_HOOKS, isOwned: false, isOneSlotPerCall: () => isCluster };
  const server = openServer(() => client, null, hooks, context);
  return new SingleServer({ name: 'client', isCluster, address: null }, server);
}

function openServer(
  connect: (backoff: Backoff) => RedisClient,
  address: string | null,
  hooks: TopologyHooks,
  { settings, names, clock, nowUs, onCircuit }: TopologyContext,
): Server {
  const backoff = new Backoff();
  return new Server({
    ...hooks,
    client: connect(backoff),
    backoff,
    address,
    settings,
    clock,
    nowUs,
    probeOperation: () => encodeProbe(names, hooks.probeHashTag()),
    onCircuit: (from, to) => {
      onCircuit({ storeId: settings.id, node: address, from, to });
    },
  });
}
