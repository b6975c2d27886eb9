import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RateSync } from '../../src/runtime/rate-sync.js';
import { startNodes, wire } from '../support/redis/cluster-wiring.js';
import { RedisCluster } from '../support/redis/redis-cluster.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { waitUntil } from '../support/redis/wait-until.js';
import { examine, expectResult, storeOf } from './doctor/examine.js';
import { connectionsOf } from './topology-connections.js';
import { expectEveryOperation } from './topology-operations.js';
import { oneOnEach, slotOfIdentifier } from './topology-slots.js';
import { closeSubjects, PATIENCE, rateSyncOver } from './topology-subject.js';

afterEach(closeSubjects);

describe('B10: max_connections of one server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  it.each([1, 50])('is a ceiling that CLIENT LIST confirms: %d', async (maxConnections) => {
    const rateSync = await rateSyncOver({ url: server.url, maxConnections });
    await rateSync.check();
    await expectEveryOperation(rateSync);
    const many = Array.from({ length: 2_000 }, (_, at) =>
      rateSync.limiters.get('many').consume(String(at)),
    );
    await Promise.all(many);
    expect(await connectionsOf(server)).toHaveLength(1);
  });
});

describe('B10: max_connections of a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start({ replicas: 1 });
  });
  afterAll(() => cluster.stop());

  const total = async (nodes = cluster.nodes.filter(({ isLiving }) => isLiving)) =>
    (await Promise.all(nodes.map((node) => connectionsOf(node)))).flat().length;

  it('fails the start when there are more primaries, and reports how many', async () => {
    const rateSync = await rateSyncOver({ url: cluster.urls[0], maxConnections: 2 });
    await expect(rateSync.check()).rejects.toMatchObject({
      kind: 'topology',
      failureCode: 'MAX_CONNECTIONS',
      message: expect.stringContaining('one for each primary: 3 primaries') as string,
    });
    expect(await rateSync.limiters.get('bucket').consume('a')).toMatchObject({ degraded: true });
    expect(await total()).toBeLessThanOrEqual(2);
  });

  it('is found by the doctor, with the number to write', async () => {
    const lines = `url = "${cluster.urls[0] ?? ''}"`;
    const results = await examine(storeOf(`${lines}\nmax_connections = 2`));
    const { detail, fix } = expectResult(results, 'connections', 'fail');
    expect(detail).toContain('3 primaries');
    expect(fix).toContain('max_connections = 3');
    expectResult(await examine(storeOf(`${lines}\nmax_connections = 3`)), 'connections', 'pass');
  });

  it('is enough when it equals their number, also after a failover', async () => {
    const urls = [cluster.urls[0] ?? '', cluster.urls[3] ?? '', cluster.urls[4] ?? ''];
    const rateSync = await rateSyncOver({ urls, maxConnections: 3 });
    await rateSync.check();
    await expectEveryOperation(rateSync);
    await expect.poll(() => total(), PATIENCE).toBe(3);
    const who = oneOnEach(cluster);
    await cluster.nodes[3]?.command('CLUSTER', 'FAILOVER');
    const decided = async (): Promise<readonly boolean[]> => {
      const many = rateSync.limiters.get('many');
      const decisions = await Promise.all(who.map((each) => many.consume(each)));
      expect(await total()).toBeLessThanOrEqual(3);
      return decisions.map(({ degraded }) => !degraded);
    };
    const taken = async () => (await connectionsOf(cluster.nodes[3]!)).length;
    await expect.poll(taken, { ...PATIENCE, timeout: 30_000 }).toBe(1);
    await expect.poll(decided, PATIENCE).toEqual([true, true, true]);
  });
});

describe('B10: a cluster that outgrows max_connections', () => {
  let nodes: readonly RedisServer[];
  beforeAll(async () => {
    nodes = await startNodes(3, { requireFullCoverage: false });
    await wire(nodes.slice(0, 2), 2);
    const port = (await nodes[2]?.command('CONFIG', 'GET', 'cluster-port')) as string[];
    await nodes[0]?.command('CLUSTER', 'MEET', '127.0.0.1', nodes[2]?.port ?? 0, Number(port[1]));
    const info = async (node: RedisServer): Promise<string> =>
      String(await node.command('CLUSTER', 'INFO'));
    await waitUntil('everybody to know each other', async () => {
      const told = await Promise.all(nodes.map(info));
      return told.every((text) => /state:ok[^]*known_nodes:3/.test(text));
    });
  });
  afterAll(() => Promise.all(nodes.map((node) => node.stop())));

  async function giveSlot(slot: number, to: RedisServer): Promise<void> {
    const id = String(await to.command('CLUSTER', 'MYID'));
    for (const node of [to, ...nodes]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', id);
  }

  it('fails for the hash slots of the new primary, and no others, until that is over', async () => {
    const rateSync: RateSync = await rateSyncOver({ url: nodes[0]?.url, maxConnections: 2 });
    await rateSync.check();
    const many = rateSync.limiters.get('many');
    const [slot, other] = [slotOfIdentifier('a'), 'b'];
    const [before] = nodes.filter((_, at) => (slot < 8_192 ? at === 0 : at === 1));
    await giveSlot(slot, nodes[2]!);
    await expect.poll(async () => (await many.consume('a')).degraded, PATIENCE).toBe(true);
    const [store] = rateSync.listStores();
    expect(store).toMatchObject({ topology: 'cluster' });
    expect((await many.consume(other)).degraded).toBe(false);
    expect(await connectionsOf(nodes[2]!)).toEqual([]);
    await giveSlot(slot, before!);
    await expect.poll(async () => (await many.consume('a')).degraded, PATIENCE).toBe(false);
    expect(await connectionsOf(nodes[2]!)).toEqual([]);
  });
});
