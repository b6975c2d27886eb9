import { countSlots, serves, SLOTS, view, type ClusterNode } from './cluster-view.js';
import { everyNode, named, startNodes, wire, type RedisClusterOptions } from './cluster-wiring.js';
import type { RedisServer } from './redis-server.js';
import { migrateSlot, type MigrationOptions } from './slot-migration.js';

export type { RedisClusterOptions } from './cluster-wiring.js';

/** A Redis Cluster of servers of its own. */
export class RedisCluster {
  /** First those that began as primaries, then their replicas in the same order. */
  readonly nodes: readonly RedisServer[];
  /** What the nodes said last. */
  #seen: readonly ClusterNode[] = [];

  private constructor(nodes: readonly RedisServer[]) {
    this.nodes = nodes;
  }

  /** Starts the nodes, shares the slots out evenly and waits until everybody agrees. */
  static async start(options: RedisClusterOptions = {}): Promise<RedisCluster> {
    const { primaries = 3, replicas = 1 } = options;
    const cluster = new RedisCluster(await startNodes(primaries * (1 + replicas), options));
    try {
      await wire(cluster.nodes, primaries);
      await cluster.ok();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get urls(): string[] {
    return this.nodes.map(({ url }) => url);
  }

  /** Waits until every living node says that the cluster is well and every slot has a node. */
  async ok(): Promise<void> {
    await this.#everyLivingNode('cluster_state:ok', async (server) => {
      const answer = String(await server.command('CLUSTER', 'INFO'));
      const isWell = answer.includes('cluster_state:ok');
      return isWell && answer.includes(`cluster_slots_assigned:${String(SLOTS)}`);
    });
    await this.#look();
  }

  /** Who serves the slot, as of the last start, `ok`, `failoverDone` or `migrateSlot`. */
  primaryOf(slot: number): RedisServer {
    const node = this.#seen.find((seen) => seen.isPrimary && serves(seen, slot));
    const server = this.nodes.find(({ port }) => port === node?.port);
    if (server === undefined) throw new Error(`nobody serves the slot ${String(slot)}`);
    return server;
  }

  /** Kills the node with this index; the first ones are primaries until somebody takes over. */
  async killPrimary(index: number): Promise<void> {
    await this.#node(index).kill();
  }

  /** Waits until every living node sees every slot with a living primary. */
  async failoverDone(): Promise<void> {
    await this.#everyLivingNode('a living primary for every slot', async (server) => {
      const ports = this.#living().map(({ port }) => port);
      const primaries = (await view(server)).filter((node) => node.isPrimary && !node.isFailing);
      return countSlots(primaries.filter(({ port }) => ports.includes(port))) === SLOTS;
    });
    await this.ok();
  }

  /** Moves a slot and its keys from one primary to another; both by their index. */
  async migrateSlot(
    slot: number,
    from: number,
    to: number,
    options: MigrationOptions = {},
  ): Promise<void> {
    const [source, target] = [await named(this.#node(from)), await named(this.#node(to))];
    await this.#look();
    const primaries = this.#seen.filter((seen) => seen.isPrimary).map(({ port }) => port);
    const others = this.#living().filter(
      (server) =>
        primaries.includes(server.port) && server !== source.server && server !== target.server,
    );
    await migrateSlot({ ...options, slot, from: source, to: target, others });
    await this.#everyLivingNode('the new owner of the slot', async (server) =>
      (await view(server)).some(({ id, slots }) => id === target.id && serves({ slots }, slot)),
    );
    await this.#look();
  }

  /** Ends every node and removes what they wrote. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((server) => server.stop()));
  }

  /** Asks any living node: all agree by then. */
  async #look(): Promise<void> {
    const [server] = this.#living();
    if (server !== undefined) this.#seen = await view(server);
  }

  #everyLivingNode(what: string, holds: (server: RedisServer) => Promise<boolean>): Promise<void> {
    return everyNode(() => this.#living(), what, holds);
  }

  #living(): readonly RedisServer[] {
    return this.nodes.filter(({ isLiving }) => isLiving);
  }

  #node(index: number): RedisServer {
    const server = this.nodes[index];
    if (server === undefined) throw new RangeError(`there is no node ${String(index)}`);
    return server;
  }
}
