import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisCluster } from '../../support/redis/redis-cluster.js';
import { RedisServer } from '../../support/redis/redis-server.js';
import { SentinelSet } from '../../support/redis/sentinel-set.js';
import { CANARY, examine, expectResult, storeOf } from './examine.js';

describe('topology of one server', () => {
  let primary: RedisServer;
  let replica: RedisServer;
  beforeAll(async () => {
    primary = await RedisServer.start();
    const args = ['--replicaof', '127.0.0.1', String(primary.port)];
    replica = await RedisServer.start({ args });
  });
  afterAll(() => Promise.all([primary.stop(), replica.stop()]));

  it.each(['auto', 'single'])('fails for a replica as "%s"', async (topology) => {
    const lines = `url = "${replica.url}"\ntopology = "${topology}"`;
    const results = await examine(storeOf(lines));
    const found = expectResult(results, 'topology', 'fail');
    expect(found.detail).toContain('is a replica');
    expect(expectResult(results, 'enforcement', 'skip').detail).toContain('topology');
  });

  it('passes for the primary', async () => {
    expectResult(await examine(storeOf(`url = "${primary.url}"`)), 'topology', 'pass');
  });

  it('fails for a server that is used as a cluster', async () => {
    const lines = `url = "${primary.url}"\ntopology = "cluster"`;
    const found = expectResult(await examine(storeOf(lines)), 'topology', 'fail');
    expect(found.detail).toContain('not in cluster mode');
  });
});

describe('topology of a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start({ primaries: 3, replicas: 0, password: CANARY });
  });
  afterAll(() => cluster.stop());

  const urls = (): string => cluster.urls.map((url) => `"${url}"`).join(', ');

  it('passes, by one of its nodes and by all, and every server is checked', async () => {
    const one = await examine(storeOf(`url = "${cluster.urls[1] ?? ''}"`));
    expect(expectResult(one, 'topology', 'pass').detail).toContain('3 primaries');
    const all = await examine(storeOf(`urls = [${urls()}]\ntopology = "cluster"`));
    for (const { port } of cluster.nodes) {
      expect(expectResult(all, 'store-reachable', 'pass').detail).toContain(String(port));
      expect(expectResult(one, 'latency', 'pass').detail).toContain(String(port));
    }
    expectResult(one, 'permissions', 'pass');
    expectResult(all, 'enforcement', 'pass');
  });

  it('fails for a node that is used as a single server', async () => {
    const lines = `url = "${cluster.urls[0] ?? ''}"\ntopology = "single"`;
    const results = await examine(storeOf(lines));
    expect(expectResult(results, 'topology', 'fail').detail).toContain('node of a cluster');
  });

  it('fails when a primary is down and its hash slots are not served', async () => {
    await cluster.killPrimary(2);
    const [first] = cluster.nodes;
    await expect
      .poll(async () => String(await first?.command('CLUSTER', 'INFO')), { timeout: 20_000 })
      .toContain('cluster_state:fail');
    const results = await examine(storeOf(`urls = [${urls()}]`));
    const reached = expectResult(results, 'store-reachable', 'warn');
    expect(reached.detail).toContain(`127.0.0.1:${String(cluster.nodes[2]?.port)}`);
    expect(expectResult(results, 'topology', 'fail').detail).toContain('the cluster is down');
    expectResult(results, 'enforcement', 'skip');
  });
});

describe('topology behind sentinels', () => {
  let set: SentinelSet;
  beforeAll(async () => {
    set = await SentinelSet.start({ replicas: 1, password: CANARY, sentinelPassword: CANARY });
  });
  afterAll(() => set.stop());

  const behind = (masterName = set.masterName, password = CANARY): string => {
    const sentinels = set.sentinels.map(({ port }) => `"127.0.0.1:${String(port)}"`).join(', ');
    return storeOf(
      `sentinels = [${sentinels}]\nmaster_name = "${masterName}"\npassword = "${CANARY}"\n` +
        `sentinel_password = "${password}"`,
    );
  };

  it('passes with the number of sentinels and replicas', async () => {
    const results = await examine(behind());
    const found = expectResult(results, 'topology', 'pass');
    expect(found.detail).toContain('3 sentinels with quorum, 1 replica');
    expectResult(results, 'enforcement', 'pass');
    expectResult(results, 'permissions', 'pass');
  });

  it('checks the connections to the sentinels too', async () => {
    const scopeOf = () => Promise.resolve('public' as const);
    const { detail } = expectResult(await examine(behind(), { scopeOf }), 'tls', 'fail');
    for (const { port } of set.sentinels) expect(detail).toContain(`127.0.0.1:${String(port)}`);
  });

  it('names an unknown master, and a wrong password of the sentinels', async () => {
    const unknown = await examine(behind('unknown'));
    expect(expectResult(unknown, 'store-reachable', 'fail').fix).toContain('master_name');
    const wrong = await examine(behind(set.masterName, `${CANARY}-wrong`));
    expect(expectResult(wrong, 'store-reachable', 'fail').detail).toContain('password');
  });

  it('warns of a sentinel that is down, and fails without a quorum', async () => {
    await set.sentinels[0]?.kill();
    const two = await examine(behind());
    expect(expectResult(two, 'topology', 'warn').detail).toContain('a sentinel is unreachable');
    await set.sentinels[1]?.kill();
    const left = set.sentinels[2];
    const quorum = (): Promise<unknown> =>
      left?.command('SENTINEL', 'CKQUORUM', set.masterName) ?? Promise.resolve('');
    await expect
      .poll(() => quorum().then(String, String), { timeout: 20_000 })
      .toContain('NOQUORUM');
    const one = await examine(behind());
    expect(expectResult(one, 'topology', 'fail').detail).toContain('agree on a failover');
  });

  it('names the cause when no sentinel is left', async () => {
    await set.sentinels[2]?.kill();
    const results = await examine(behind());
    expect(expectResult(results, 'store-reachable', 'fail').detail).toContain('refused');
  });
});
