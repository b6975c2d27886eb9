import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { RateSyncHealthIndicator } from '@rate-sync/nestjs/terminus';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { ADAPTERS } from '../support/http/adapters.js';
import { serve, windowOf, type Served } from '../support/http/serve.js';
import { FaultProxy } from '../support/redis/fault-proxy.js';
import { RedisCluster } from '../support/redis/redis-cluster.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { SentinelSet } from '../support/redis/sentinel-set.js';
import { waitUntil } from '../support/redis/wait-until.js';

const PASSWORD = 'canary-of-the-health-tests';

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly rateSync: RateSyncHealthIndicator,
  ) {}

  @Get('healthy')
  @HealthCheck()
  healthy(): unknown {
    return this.health.check([() => this.rateSync.isHealthy('rate-limiter')]);
  }

  @Get('ready')
  @HealthCheck()
  ready(): unknown {
    return this.health.check([() => this.rateSync.isReady('rate-limiter')]);
  }
}

type Store = Readonly<Record<string, unknown>>;

/** What of the health of stores and limiters a test chooses. */
interface Subject {
  readonly store: Store;
  readonly failClosed?: boolean;
  /** A limiter of its own on a second store, in memory. */
  readonly alsoMemory?: boolean;
}

const [express] = ADAPTERS;

function app({ store, failClosed = true, alsoMemory = false }: Subject): Promise<Served> {
  return serve(express!, {
    controllers: [HealthController],
    providers: [RateSyncHealthIndicator],
    imports: [TerminusModule.forRoot({ logger: false })],
    clock: systemClock,
    rateSync: {
      config: {
        stores: { main: { ...store }, ...(alsoMemory ? { local: { strategy: 'memory' } } : {}) },
        limiters: {
          login_ip: windowOf(10, { storeId: 'main', failClosed }),
          ...(alsoMemory ? { local: windowOf(10, { storeId: 'local', failClosed: true }) } : {}),
        },
      },
    },
  });
}

interface Health {
  readonly status: number;
  readonly overall: string;
  readonly indicator: Readonly<Record<string, unknown>>;
  readonly store: Readonly<Record<string, unknown>>;
  readonly text: string;
}

async function look({ get }: Served, route: 'healthy' | 'ready'): Promise<Health> {
  const { status, json: body, text } = await get(`/health/${route}`);
  const { status: overall, details } = body as {
    status: string;
    details: Record<string, Record<string, unknown> & { stores: Record<string, object> }>;
  };
  const indicator = details['rate-limiter']!;
  const store = indicator.stores['main'] as Record<string, unknown>;
  return { status, overall, indicator, store, text };
}

/** Looks until the answer has this status; reports are a second old at most. */
async function lookUntil(served: Served, route: 'healthy' | 'ready', status: number) {
  const what = `${route} to answer ${String(status)}`;
  await waitUntil(what, async () => (await look(served, route)).status === status);
  return look(served, route);
}

describe('the health of one server', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await RedisServer.start({ password: PASSWORD });
  });

  beforeEach(async () => {
    if (!redis.isRunning) await redis.restart();
  });

  afterAll(() => redis.stop());

  it('is up while it replies, with the status of the store', async () => {
    const served = await app({ store: { url: redis.url } });
    const { status, indicator, store, text } = await look(served, 'healthy');
    expect(status).toBe(200);
    expect(indicator).toMatchObject({ status: 'up', backend: 'redis', accessible: true });
    expect(store).toMatchObject({
      backend: 'redis',
      accessible: true,
      latencyMs: expect.any(Number) as number,
      circuit: 'closed',
      topology: 'single',
      nodes: [{ address: `127.0.0.1:${String(redis.port)}`, role: 'master', isUp: true }],
      failure: null,
    });
    expect(text).not.toContain(PASSWORD);
  });

  it('is down when it was killed, and up again after a restart', async () => {
    const served = await app({ store: { url: redis.url } });
    await redis.kill();
    const down = await lookUntil(served, 'healthy', 503);
    expect(down.indicator).toMatchObject({ status: 'down', accessible: false });
    expect(down.store).toMatchObject({ latencyMs: null, failure: { kind: 'connection' } });
    expect(down.text).not.toContain(PASSWORD);
    await redis.restart();
    expect((await lookUntil(served, 'healthy', 200)).indicator).toMatchObject({ status: 'up' });
  });

  it('F41: is reported in time when a server hangs, and when it is gone', async () => {
    const proxy = await FaultProxy.start(redis.port);
    const served = await app({
      store: { url: `redis://:${PASSWORD}@127.0.0.1:${String(proxy.port)}` },
    });
    try {
      expect((await look(served, 'ready')).status).toBe(200);
      proxy.set('blackhole');
      const down = await lookUntil(served, 'ready', 503);
      expect(down.text).not.toContain(PASSWORD);
      proxy.set('pass');
      await lookUntil(served, 'ready', 200);
    } finally {
      await proxy.close();
    }
  });

  it('F41: is reported in time when a server is stopped', async () => {
    const served = await app({ store: { url: redis.url } });
    redis.pause();
    try {
      await lookUntil(served, 'healthy', 503);
    } finally {
      redis.resume();
    }
    await lookUntil(served, 'healthy', 200);
  });

  it('costs a few commands, however many requests there are', async () => {
    const served = await app({ store: { url: redis.url } });
    await look(served, 'healthy');
    await redis.command('CONFIG', 'RESETSTAT');
    const looks = await Promise.all(
      Array.from({ length: 500 }, (_, n) => look(served, n % 2 === 0 ? 'healthy' : 'ready')),
    );
    expect(looks.every(({ status }) => status === 200)).toBe(true);
    const { cmdstat_evalsha: stat = '' } = await redis.info('commandstats');
    const calls = Number(/calls=(\d+)/.exec(stat)?.[1] ?? 0);
    expect(calls).toBeLessThan(50);
  });

  it('takes the instance out of rotation only when a limiter fails closed', async () => {
    const closed = await app({ store: { url: redis.url }, failClosed: true });
    const open = await app({ store: { url: redis.url }, failClosed: false, alsoMemory: true });
    await redis.kill();
    expect((await lookUntil(closed, 'ready', 503)).indicator).toMatchObject({ status: 'down' });
    await lookUntil(open, 'healthy', 503);
    const { status, overall, indicator } = await look(open, 'ready');
    expect({ status, overall }).toEqual({ status: 200, overall: 'degraded' });
    expect(indicator).toMatchObject({
      status: 'degraded',
      degraded: true,
      backend: 'memory, redis',
      stores: { main: { accessible: false }, local: { accessible: true } },
    });
  });
});

it('reports every primary of a cluster', async () => {
  const cluster = await RedisCluster.start({ primaries: 3, replicas: 0 });
  try {
    const served = await app({ store: { url: cluster.nodes[0]!.url } });
    const { store } = await look(served, 'healthy');
    expect(store).toMatchObject({ topology: 'cluster', accessible: true });
    expect(store['nodes']).toHaveLength(3);
    await cluster.nodes[2]!.kill();
    const down = await lookUntil(served, 'healthy', 503);
    expect(down.store).toMatchObject({ accessible: false });
  } finally {
    await cluster.stop();
  }
});

it('reports the master that sentinels name', async () => {
  const set = await SentinelSet.start({ replicas: 1, sentinels: 3 });
  try {
    const served = await app({
      store: { sentinels: set.sentinels.map(({ port }) => `127.0.0.1:${String(port)}`) },
    });
    const { store } = await look(served, 'healthy');
    expect(store).toMatchObject({
      topology: 'sentinel',
      accessible: true,
      nodes: [{ role: 'master', isUp: true }],
    });
  } finally {
    await set.stop();
  }
});
