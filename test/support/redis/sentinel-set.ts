import { randomBytes } from 'node:crypto';
import { freePort } from './free-port.js';
import { RedisServer } from './redis-server.js';
import { waitUntil } from './wait-until.js';

/** What is started, and how. */
export interface SentinelSetOptions {
  /** Two unless said otherwise. */
  readonly replicas?: number;
  /** Three unless said otherwise; two of them must agree. */
  readonly sentinels?: number;
  /** After how long a silent master counts as gone. */
  readonly downMs?: number;
  /** Of the servers. */
  readonly password?: string;
  /** Of the sentinels. */
  readonly sentinelPassword?: string;
}

const MASTER_NAME = 'mymaster';
const QUORUM = 2;
const FAILOVER_TIMEOUT_MS = 5_000;

/** A master, its replicas, and sentinels that watch over them. */
export class SentinelSet {
  readonly masterName = MASTER_NAME;
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];

  private constructor(servers: readonly RedisServer[], sentinels: readonly RedisServer[]) {
    this.servers = servers;
    this.sentinels = sentinels;
  }

  /** Starts everything and waits until the sentinels know each other and could fail over. */
  static async start(options: SentinelSetOptions = {}): Promise<SentinelSet> {
    const servers = await startServers(options);
    const sentinels = await startSentinels(servers, options);
    const set = new SentinelSet(servers, sentinels);
    try {
      for (const sentinel of sentinels) await set.#isReady(sentinel);
      return set;
    } catch (error) {
      await set.stop();
      throw error;
    }
  }

  /** Asks the first living sentinel who the master is. */
  async master(): Promise<RedisServer> {
    const [sentinel] = this.#livingSentinels();
    if (sentinel === undefined) throw new Error('no sentinel is alive');
    const port = await masterPort(sentinel);
    const server = this.servers.find((known) => known.port === port);
    if (server === undefined) throw new Error(`the master is on port ${String(port)}: not ours`);
    return server;
  }

  async killMaster(): Promise<void> {
    await (await this.master()).kill();
  }

  /** Waits until every living sentinel knows another master than the one on this port. */
  async promoted(previousPort: number): Promise<RedisServer> {
    await waitUntil(
      'another master',
      async () => {
        const ports = await Promise.all(this.#livingSentinels().map(masterPort));
        if (new Set(ports).size !== 1 || ports.includes(previousPort)) return false;
        return (await (await this.master()).info('replication'))['role'] === 'master';
      },
      { timeoutMs: 30_000 },
    );
    return this.master();
  }

  /** Ends everything and removes what it wrote. */
  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.servers].map((server) => server.stop()));
  }

  async #isReady(sentinel: RedisServer): Promise<void> {
    await waitUntil('a sentinel to know the others', async () => {
      const known = fields(await sentinel.command('SENTINEL', 'MASTER', MASTER_NAME));
      const quorum = String(await sentinel.command('SENTINEL', 'CKQUORUM', MASTER_NAME));
      return (
        known.get('flags') === 'master' &&
        known.get('num-slaves') === String(this.servers.length - 1) &&
        quorum.startsWith(`OK ${String(this.sentinels.length)} `)
      );
    });
  }

  #livingSentinels(): readonly RedisServer[] {
    return this.sentinels.filter(({ isLiving }) => isLiving);
  }
}

async function startServers({
  replicas = 2,
  password,
}: SentinelSetOptions): Promise<readonly RedisServer[]> {
  // Any of them may be a replica one day; masterauth comes with the password.
  const master = await RedisServer.start({ password });
  const args = ['--replicaof', '127.0.0.1', String(master.port)];
  const followers = await Promise.all(
    Array.from({ length: replicas }, () => RedisServer.start({ password, args })),
  );
  for (const follower of followers) {
    await waitUntil('a replica to have its data', async () => {
      return (await follower.info('replication'))['master_link_status'] === 'up';
    });
  }
  return [master, ...followers];
}

interface SentinelIdentity {
  readonly id: string;
  readonly port: number;
}

async function startSentinels(
  servers: readonly RedisServer[],
  options: SentinelSetOptions,
): Promise<readonly RedisServer[]> {
  const { sentinels = 3, sentinelPassword: password } = options;
  const all: SentinelIdentity[] = [];
  while (all.length < sentinels) {
    all.push({ id: randomBytes(20).toString('hex'), port: await freePort() });
  }
  const start = ({ id, port }: SentinelIdentity): Promise<RedisServer> => {
    const others = all.filter((other) => other.id !== id);
    const config = [`sentinel myid ${id}`, ...sentinelConfig(servers, others, options)];
    return RedisServer.start({ port, password, config, args: ['--sentinel'] });
  };
  return Promise.all(all.map(start));
}

/** They know everybody from the beginning: finding each other would take seconds. */
function sentinelConfig(
  [master, ...replicas]: readonly RedisServer[],
  others: readonly SentinelIdentity[],
  { downMs = 1_000, password, sentinelPassword }: SentinelSetOptions,
): readonly string[] {
  return [
    `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${String(master?.port)} ${String(QUORUM)}`,
    `sentinel down-after-milliseconds ${MASTER_NAME} ${String(downMs)}`,
    `sentinel failover-timeout ${MASTER_NAME} ${String(FAILOVER_TIMEOUT_MS)}`,
    `sentinel parallel-syncs ${MASTER_NAME} ${String(Math.max(1, replicas.length))}`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${MASTER_NAME} ${password}`]),
    ...(sentinelPassword === undefined ? [] : [`sentinel sentinel-pass ${sentinelPassword}`]),
    ...replicas.map(
      ({ port }) => `sentinel known-replica ${MASTER_NAME} 127.0.0.1 ${String(port)}`,
    ),
    ...others.map(
      ({ id, port }) => `sentinel known-sentinel ${MASTER_NAME} 127.0.0.1 ${String(port)} ${id}`,
    ),
  ];
}

async function masterPort(sentinel: RedisServer): Promise<number> {
  const address = await sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER_NAME);
  return Array.isArray(address) ? Number(address[1]) : 0;
}

/** Names and values in turn. */
function fields(answer: unknown): ReadonlyMap<string, string> {
  const flat = Array.isArray(answer) ? answer.map(String) : [];
  const pairs = flat.flatMap((name, at) =>
    at % 2 === 0 ? [[name, flat[at + 1] ?? ''] as const] : [],
  );
  return new Map(pairs);
}
