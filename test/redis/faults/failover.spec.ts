import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RedisCluster } from '../../support/redis/redis-cluster.js';
import { SentinelSet } from '../../support/redis/sentinel-set.js';
import { between, bucketOf, having, shareOf, within } from './answers.js';
import { calm, expectBack } from './soak.js';
import {
  expectHonest,
  expectLogged,
  expectNoSecret,
  expectWithinLimit,
  GONE,
} from './expectations.js';
import { anApp, aSecret } from './fixture.js';

describe.concurrent('a failover under load', () => {
  it('F32: of sentinels', async (test) => {
    const secret = aSecret();
    const set = await SentinelSet.start({ password: secret });
    test.onTestFinished(() => set.stop());
    const limit = 30;
    const sentinels = set.sentinels.map(({ port }) => `127.0.0.1:${String(port)}`);
    const { masterName } = set;
    const store = { topology: 'sentinel', sentinels, masterName, password: secret } as const;
    const app = await anApp(test, { name: 'f32', store, limiter: { limit } });
    const load = app.load({ callers: 3 });
    await calm(load);
    const old = await set.master();
    const [another] = set.sentinels;
    await another?.kill();
    const killedMs = performance.now();
    await old.kill();
    const promoted = await set.promoted(old.port);
    const promotedMs = performance.now();
    await calm(load);
    await sleep(1_000);
    const answers = await load.stop();
    expectHonest(answers);
    expect(having(within(answers, killedMs, promotedMs), 'degraded').length).toBeGreaterThan(0);
    expectBack(load, promotedMs);
    // What was counted before came along, but for what the old master had not yet passed on.
    expectWithinLimit(answers, limit + 10);
    expect(Number(await promoted.command('DBSIZE'))).toBeGreaterThan(0);
    expectLogged(app, GONE, secret);
  });

  it('F28: of a cluster', async (test) => {
    const secret = aSecret();
    const cluster = await RedisCluster.start({ password: secret });
    test.onTestFinished(() => cluster.stop());
    const limit = 30;
    const store = { urls: cluster.urls };
    const app = await anApp(test, { name: 'f28', store, limiter: { limit } });
    const load = app.load({ callers: 9 });
    await calm(load);
    const killedMs = performance.now();
    await cluster.killPrimary(0);
    await cluster.failoverDone();
    const doneMs = performance.now();
    await calm(load);
    await sleep(1_000);
    const answers = await load.stop();
    expectHonest(answers);
    expect(having(within(answers, killedMs, doneMs), 'degraded').length).toBeGreaterThan(0);
    expectBack(load, doneMs);
    expectWithinLimit(answers, limit + 10);
    expectNoSecret(app, secret);
  });

  it('F29: a shard of a cluster is gone for good: only its callers notice', async (test) => {
    const secret = aSecret();
    const cluster = await RedisCluster.start({
      ...{ replicas: 0, password: secret, requireFullCoverage: false },
    });
    test.onTestFinished(() => cluster.stop());
    const app = await anApp(test, { name: 'f29', store: { urls: cluster.urls } });
    const load = app.load({ callers: 12 });
    await calm(load);
    const killedMs = performance.now();
    await cluster.killPrimary(1);
    await sleep(5_000);
    const answers = await load.stop();
    expectHonest(answers);
    const after = between(answers, killedMs + 2_000);
    const callers = [...new Set(after.map(bucketOf))];
    const shares = callers.map((bucket) =>
      shareOf(
        after.filter((answer) => bucketOf(answer) === bucket),
        'degraded',
      ),
    );
    const [lost, kept] = [shares.filter((s) => s > 0.8), shares.filter((s) => s < 0.2)];
    expect(lost.length + kept.length).toBeGreaterThan(callers.length * 0.9);
    expect(lost.length).toBeGreaterThan(0);
    expect(kept.length).toBeGreaterThan(callers.length / 3);
    expect(new Set(app.witness.circuits.map(({ node }) => node)).size).toBe(1);
    expectNoSecret(app, secret);
  });
});
