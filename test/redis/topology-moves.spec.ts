import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RateSync } from '../../src/runtime/rate-sync.js';
import { RedisCluster } from '../support/redis/redis-cluster.js';
import type { RedisServer } from '../support/redis/redis-server.js';
import { connectionsOf } from './topology-connections.js';
import { DecisionLoop } from './topology-loop.js';
import { identifiersOn, slotOfIdentifier } from './topology-slots.js';
import { closeSubjects, PATIENCE, rateSyncOver } from './topology-subject.js';

/** Within two seconds; as much again is for the machine. */
const SOON = { timeoutMs: 4_000 };

let cluster: RedisCluster;
let rateSync: RateSync;
beforeAll(async () => {
  cluster = await RedisCluster.start({ requireFullCoverage: false, nodeTimeoutMs: 1_000 });
});
beforeEach(async () => {
  rateSync = await rateSyncOver({ url: node(0).url });
  await rateSync.check();
});
afterEach(closeSubjects);
afterAll(() => cluster.stop());

const node = (index: number): RedisServer => cluster.nodes[index]!;

describe('a hash slot that moves to another primary', () => {
  const limits = ['bucket', 'window', 'many'] as const;
  let who: string;
  let slot: number;
  beforeEach(() => {
    [who = ''] = identifiersOn(cluster, node(1), 1);
    slot = slotOfIdentifier(who);
  });
  afterEach(() => cluster.migrateSlot(slot, 2, 1));

  const askAll = () =>
    rateSync.limiters.consumeAll(limits.map((limiter) => ({ limiter, identifier: who })));

  /** Moves the hash slot, and returns the outcome of an action in the middle of it. */
  async function halfway<T>(
    act: () => Promise<T>,
    movesFirst: (key: string) => boolean = () => true,
  ): Promise<T> {
    const acted: Promise<T>[] = [];
    const between = async (): Promise<void> => {
      const done = act();
      acted.push(done);
      await done.catch(() => undefined);
    };
    await cluster.migrateSlot(slot, 1, 2, { movesFirst, between });
    const [result] = acted;
    if (result === undefined) throw new Error('the slot did not move');
    return result;
  }

  it('is followed, and counts continue', async () => {
    const bucket = rateSync.limiters.get('bucket');
    await bucket.consume(who, { cost: 2 });
    await cluster.migrateSlot(slot, 1, 2);
    expect(await bucket.consume(who)).toMatchObject({ remaining: 0, degraded: false });
    expect(await bucket.consume(who)).toMatchObject({ reason: 'over_limit' });
  });

  it('costs no decision under load', async () => {
    const loops = [who, who, null].map((identifier) =>
      DecisionLoop.start(() => rateSync.limiters.get('many').consume(identifier ?? randomUUID())),
    );
    await loops[0]?.decided(20);
    await cluster.migrateSlot(slot, 1, 2, { holdMs: 100 });
    await loops[0]?.decided(20);
    for (const loop of loops) expect(await loop.stop()).toMatchObject({ degraded: 0 });
  });

  it('is looked for on both primaries when its keys are on neither', async () => {
    const answer = await halfway(askAll);
    expect(answer).toMatchObject({ allowed: true });
    expect(answer.decisions.map(({ degraded }) => degraded)).toEqual([false, false, false]);
    expect(await rateSync.limiters.get('bucket').peek(who)).toMatchObject({ remaining: 2 });
  });

  it.each([
    ['the key of one limit has moved and the other has not', (key: string) => !key.endsWith(':b')],
    ['all keys have moved', () => true],
    ['no key has moved', () => false],
  ])('is decided request by request when %s', async (_, movesFirst) => {
    await askAll();
    const [together, piped] = await halfway(async () => {
      const answer = await askAll();
      const pipeline = rateSync.limiters.pipeline();
      for (const limiter of limits) pipeline.consume(limiter, who);
      return [answer, await pipeline.execute()] as const;
    }, movesFirst);
    expect(together.allowed).toBe(true);
    for (const decisions of [together.decisions, piped]) {
      expect(decisions.map(({ degraded }) => degraded)).toEqual([false, false, false]);
    }
    for (const limiter of ['bucket', 'window']) {
      expect(await rateSync.limiters.get(limiter).peek(who)).toMatchObject({ remaining: 0 });
    }
  });

  it('takes nothing for a denial while it moves, after a moment', async () => {
    const bucket = rateSync.limiters.get('bucket');
    await rateSync.limiters.get('window').consume(who, { cost: 3 });
    await bucket.consume(who);
    const denied = await halfway(askAll, (key) => key.endsWith(':b'));
    expect(denied).toMatchObject({ allowed: false, deniedBy: 'window' });
    const look = () => bucket.peek(who);
    await expect.poll(look, PATIENCE).toMatchObject({ remaining: 2, degraded: false });
  });

  it('releases slots and renews leases while it moves', async () => {
    const jobs = rateSync.limiters.get('jobs');
    const leases = [await jobs.tryAcquire(who), await jobs.tryAcquire(who)];
    const [denied, look] = await halfway(async () => {
      const third = await jobs.tryAcquire(who);
      await leases[0]?.release();
      return [third, await jobs.peek(who)] as const;
    });
    expect(denied).toBeNull();
    expect(look).toMatchObject({ remaining: 1, degraded: false });
    expect(await jobs.peek(who)).toMatchObject({ remaining: 1, degraded: false });
    await leases[1]?.release();
    expect(await jobs.peek(who)).toMatchObject({ remaining: 2, degraded: false });
  });

  it.each([
    ['moved', () => true],
    ['not moved', () => false],
  ])('refunds and resets while it moves, when the key has %s', async (_, movesFirst) => {
    const bucket = rateSync.limiters.get('bucket');
    await bucket.consume(who, { cost: 3 });
    const looks = await halfway(async () => {
      await bucket.refund(who, 1);
      const refunded = await bucket.peek(who);
      await bucket.reset(who);
      return [refunded, await bucket.peek(who)];
    }, movesFirst);
    expect(looks).toMatchObject([{ remaining: 1 }, { remaining: 3, degraded: false }]);
  });
});

describe('a primary that dies', () => {
  it('does not affect the others, and its replica is used as soon as it has taken over', async () => {
    const bystanders = [0, 1].map((index) => identifiersOn(cluster, node(index), 1)[0] ?? '');
    const [victim = ''] = identifiersOn(cluster, node(2), 1);
    const many = rateSync.limiters.get('many');
    const others = bystanders.map((who) => DecisionLoop.start(() => many.consume(who)));
    const orphan = DecisionLoop.start(() => many.consume(victim));
    await orphan.decided(5);

    await cluster.killPrimary(2);
    await failedOver();
    expect(cluster.primaryOf(slotOfIdentifier(victim))).toBe(node(5));
    await orphan.decided(5, SOON);

    for (const loop of others) expect(await loop.stop()).toMatchObject({ degraded: 0 });
    const { degraded, reasons } = await orphan.stop();
    expect(degraded).toBeGreaterThan(0);
    expect(reasons).toEqual(['fail_open']);
    for (const index of [0, 1, 5]) expect(await connectionsOf(node(index))).toHaveLength(1);
  });

  it('is not used when it returns as a replica', async () => {
    await node(2).restart();
    await cluster.ok();
    await isReplica(node(2));
    const [who = ''] = identifiersOn(cluster, node(5), 1);
    const loop = DecisionLoop.start(() => rateSync.limiters.get('many').consume(who));
    await loop.decided(20);
    expect(await loop.stop()).toMatchObject({ degraded: 0 });
    expect(await connectionsOf(node(2))).toEqual([]);
  });

  it('is used again when it takes over again', async () => {
    const [who = ''] = identifiersOn(cluster, node(5), 1);
    const loop = DecisionLoop.start(() => rateSync.limiters.get('many').consume(who));
    await loop.decided(5);
    // On a busy machine an attempt may fail; another one begins only when it is over.
    const takesOver = async (): Promise<string | undefined> => {
      const { role } = await node(2).info('replication');
      if (role !== 'master') await node(2).command('CLUSTER', 'FAILOVER');
      return role;
    };
    await expect.poll(takesOver, { timeout: 30_000, interval: 2_500 }).toBe('master');
    await failedOver();
    await isReplica(node(5));
    await loop.decided(5, SOON);
    await loop.stop();
    await expect.poll(() => connectionsOf(node(2)), PATIENCE).toHaveLength(1);
    await expect.poll(() => connectionsOf(node(5)), PATIENCE).toEqual([]);
  });

  it('does not affect the others when it only stops replying', async () => {
    const victim = cluster.primaryOf(16_000);
    const others = [0, 8_000].map((slot) => cluster.primaryOf(slot));
    const quick = await rateSyncOver({ url: node(0).url, decisionTimeout: 1 });
    await quick.check();
    const loopOn = (server: RedisServer): DecisionLoop => {
      const [who = ''] = identifiersOn(cluster, server, 1);
      return DecisionLoop.start(() => quick.limiters.get('many').consume(who));
    };
    const bystanders = others.map(loopOn);
    const orphan = loopOn(victim);
    await orphan.decided(5);

    victim.pause();
    try {
      await failedOver();
      await orphan.decided(5, SOON);
      for (const loop of bystanders) expect(await loop.stop()).toMatchObject({ degraded: 0 });
    } finally {
      victim.resume();
    }
    await isReplica(victim);
    await orphan.decided(5, SOON);
    await orphan.stop();
    await expect.poll(() => connectionsOf(victim), PATIENCE).toEqual([]);
    await cluster.ok();
  });

  it('stops the whole cluster where every hash slot must be covered, until its replica has taken over', async () => {
    await everyNode('CONFIG', 'SET', 'cluster-require-full-coverage', 'yes');
    const victim = cluster.primaryOf(16_000);
    const whos = [0, 8_000, 16_000].flatMap((slot) =>
      identifiersOn(cluster, cluster.primaryOf(slot), 1),
    );
    const many = rateSync.limiters.get('many');
    const loops = whos.map((who) => DecisionLoop.start(() => many.consume(who)));
    await Promise.all(loops.map((loop) => loop.decided(5)));
    await victim.kill();
    await failedOver();
    await Promise.all(loops.map((loop) => loop.decided(5, SOON)));
    await Promise.all(loops.map((loop) => loop.stop()));
    await victim.restart();
    await everyNode('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
    await cluster.ok();
    await isReplica(victim);
  });

  it('is not needed, although it was the only configured seed', async () => {
    const seed = cluster.primaryOf(8_000);
    const lonely = await rateSyncOver({ url: seed.url });
    await lonely.check();
    await cluster.killPrimary(cluster.nodes.indexOf(seed));
    await failedOver();
    const many = lonely.limiters.get('many');
    const primaries = [0, 8_000, 16_000].map((slot) => cluster.primaryOf(slot));
    expect(primaries).not.toContain(seed);
    const whos = primaries.flatMap((server) => identifiersOn(cluster, server, 1));
    const everywhere = async (): Promise<boolean> => {
      const decisions = await Promise.all(whos.map((who) => many.consume(who)));
      return decisions.every(({ degraded }) => !degraded);
    };
    await expect.poll(everywhere, { timeout: SOON.timeoutMs, interval: 20 }).toBe(true);
  });

  /** Waits for the nodes to agree; on a busy machine they may need a second election. */
  function failedOver(): Promise<void> {
    return cluster.failoverDone().catch(() => cluster.failoverDone());
  }

  async function isReplica(server: RedisServer): Promise<void> {
    const expected = { role: 'slave', master_link_status: 'up' };
    const look = { timeout: 20_000, interval: 50 };
    await expect.poll(() => server.info('replication'), look).toMatchObject(expected);
  }

  async function everyNode(...command: string[]): Promise<void> {
    for (const server of cluster.nodes) await server.command(...command);
  }
});
