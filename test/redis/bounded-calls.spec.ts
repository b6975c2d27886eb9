import { afterAll, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import type { StoreRequest } from '../../src/core/store.js';
import { RedisStore } from '../../src/stores/redis/redis-store.js';
import { redisSettings } from '../support/redis-settings.js';
import { FaultProxy } from '../support/redis/fault-proxy.js';
import { RedisCluster } from '../support/redis/redis-cluster.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { waitUntil } from '../support/redis/wait-until.js';

/** The most that one call of the script may take of a server, in microseconds. */
const MOST_US = 5_000;
/** Late enough for every caller to be answered by the failure mode. */
const LATE_MS = 1_200;
const WINDOW_MS = 3_600_000;

const windowOf = (limit: number) =>
  ({ algorithm: 'sliding_window', limit, windowMs: WINDOW_MS }) as const;
const bucket = { algorithm: 'token_bucket', ratePerSecond: 0.01, burst: 5 } as const;

function request(identifier: string, overrides: Partial<StoreRequest> = {}): StoreRequest {
  const defaults = { limiterId: 'api', policy: bucket, cost: 1, maxWaitMs: 0, leaseId: null };
  return { ...defaults, identifier, ...overrides };
}

function named(count: number): readonly StoreRequest[] {
  return Array.from({ length: count }, (_, index) => request(`caller-${String(index)}`));
}

/** How long each call of the script took since `watch`, in microseconds, the longest first. */
async function scriptTimes(server: RedisServer): Promise<readonly number[]> {
  const asker = await server.connect({ timeoutMs: 30_000 });
  const entries = (await asker.command('SLOWLOG', 'GET', '-1')) as readonly (readonly unknown[])[];
  asker.close();
  return entries
    .filter(([, , , words]) => /^EVAL/i.test(String((words as readonly unknown[])[0])))
    .map(([, , microseconds]) => Number(microseconds))
    .sort((a, b) => b - a);
}

async function watch(server: RedisServer): Promise<void> {
  await server.command('CONFIG', 'SET', 'slowlog-log-slower-than', '0', 'slowlog-max-len', '30000');
  await server.command('SLOWLOG', 'RESET');
}

/** The median, which a busy machine does not break. */
function median(times: readonly number[]): number {
  return times[Math.floor(times.length / 2)] ?? Number.NaN;
}

function open(test: TestContext, urls: readonly string[], decisionTimeout = 30): RedisStore {
  const [url] = urls;
  const store = new RedisStore(
    redisSettings({ ...(urls.length === 1 ? { url } : { urls }), decisionTimeout }),
  );
  test.onTestFinished(() => store.close());
  return store;
}

/** How many units of a caller are taken. */
async function used(store: RedisStore, asked: StoreRequest): Promise<number> {
  const [verdict] = await store.decide([{ ...asked, cost: 0 }], 'all', 30_000);
  return (verdict?.limit ?? Number.NaN) - (verdict?.remaining ?? Number.NaN);
}

describe('a composite of 8,000 limits on one server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  beforeEach(() => server.command('FLUSHALL'));
  afterAll(() => server.stop());

  const many = named(8_000);

  it('D1: takes all in short calls', async (test) => {
    const store = open(test, [server.url]);
    await store.check();
    await watch(server);
    const verdicts = await store.decide(many, 'all', 30_000);
    expect(verdicts.filter(({ allowed, remaining }) => allowed && remaining === 4)).toHaveLength(
      many.length,
    );
    const times = await scriptTimes(server);
    expect(times.length).toBeGreaterThan(many.length / 256);
    expect(median(times)).toBeLessThanOrEqual(MOST_US);
  });

  it('D1: takes nothing when one of them is denied, and releases in short calls', async (test) => {
    const store = open(test, [server.url]);
    const last = request('caller-7999', { cost: 5 });
    await store.decide([last], 'all', 30_000);
    await watch(server);
    const verdicts = await store.decide(many, 'all', 30_000);
    expect(verdicts.filter(({ allowed }) => !allowed)).toHaveLength(1);
    await waitUntil('everything to be back', async () => {
      const keys = (await server.command('KEYS', '*:b')) as readonly string[];
      return keys.length === 1;
    });
    expect(await used(store, last)).toBe(5);
    expect(median(await scriptTimes(server))).toBeLessThanOrEqual(MOST_US);
  });

  it('D1: takes from the first that passes, wherever it is', async (test) => {
    const store = open(test, [server.url]);
    const first = many.slice(0, 700);
    for (const { identifier } of first)
      void store.decide([request(identifier, { cost: 5 })], 'all', 30_000);
    const verdicts = await store.decide(many, 'any', 30_000);
    expect(verdicts.findIndex(({ allowed }) => allowed)).toBe(700);
    expect(await used(store, request('caller-700'))).toBe(1);
    expect(await used(store, request('caller-701'))).toBe(0);
  });
});

describe.concurrent('replies that come too late', () => {
  it.for([
    { limit: 10_000, calls: 1_000 },
    { limit: 100_000, calls: 64 },
  ])('D1: $calls of a window of $limit go back in short calls', async ({ limit, calls }, test) => {
    const server = await RedisServer.start();
    test.onTestFinished(() => server.stop());
    const proxy = await FaultProxy.start(server.port);
    test.onTestFinished(() => proxy.close());
    const patient = open(test, [server.url]);
    const store = open(test, [`redis://127.0.0.1:${String(proxy.port)}`], 1);
    await store.check();
    const asked = request('ada', { policy: windowOf(limit) });
    const filled = limit - 2 * calls;
    await patient.decide([{ ...asked, cost: filled }], 'all', 30_000);
    await watch(server);

    proxy.set('pass', { latencyMs: LATE_MS });
    const late = await Promise.allSettled(
      Array.from({ length: calls }, () => store.decide([asked], 'all', 500)),
    );
    expect(late.every(({ status }) => status === 'rejected')).toBe(true);
    proxy.set('pass');
    await waitUntil('everything to be back', async () => (await used(patient, asked)) === filled);
    const times = await scriptTimes(server);
    expect(median(times)).toBeLessThanOrEqual(MOST_US);
    // All of them together, which blocked a server for seconds before.
    expect(times.reduce((sum, us) => sum + us, 0)).toBeLessThan(2_000_000);
  });

  it('D3: units of a bucket that stays busy are all released', async (test) => {
    const server = await RedisServer.start();
    test.onTestFinished(() => server.stop());
    const proxy = await FaultProxy.start(server.port);
    test.onTestFinished(() => proxy.close());
    const store = open(test, [`redis://127.0.0.1:${String(proxy.port)}`], 1);
    await store.check();
    const asked = request('ada', { policy: { ...bucket, burst: 1_000 } });
    await store.decide([{ ...asked, cost: 10 }], 'all', 900);
    proxy.set('pass', { latencyMs: LATE_MS });
    const late = await Promise.allSettled(
      Array.from({ length: 100 }, () => store.decide([asked], 'all', 500)),
    );
    expect(late.every(({ status }) => status === 'rejected')).toBe(true);
    proxy.set('pass');
    await waitUntil('everything to be back', async () => {
      const patient = open(test, [server.url]);
      return (await used(patient, asked)) === 10;
    });
  });
});

describe('a composite across hash slots', () => {
  it('D1: denied again and again on large windows, it costs a cluster next to nothing', async (test) => {
    const cluster = await RedisCluster.start({ replicas: 0 });
    test.onTestFinished(() => cluster.stop());
    const store = open(test, cluster.urls);
    await store.check();
    const large = ['ada', 'bob', 'eve'].map((identifier) =>
      request(identifier, { policy: windowOf(10_000) }),
    );
    const full = request('full', { policy: windowOf(1) });
    await Promise.all(
      large.map((asked) => store.decide([{ ...asked, cost: 9_000 }], 'all', 30_000)),
    );
    await store.decide([full], 'all', 30_000);
    await Promise.all(cluster.nodes.map(watch));
    for (let call = 0; call < 200; call++) {
      const verdicts = await store.decide([...large, full], 'all', 30_000);
      expect(verdicts.map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
    }
    for (const asked of large) {
      await waitUntil('everything to be back', async () => (await used(store, asked)) === 9_000);
    }
    for (const node of cluster.nodes) {
      expect(median(await scriptTimes(node))).toBeLessThanOrEqual(1_000);
    }
  });
});
