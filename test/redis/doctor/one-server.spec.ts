import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultProxy } from '../../support/redis/fault-proxy.js';
import { RedisServer } from '../../support/redis/redis-server.js';
import { CANARY, examine, expectResult, notPassed, PUBLIC, storeOf } from './examine.js';

let good: RedisServer;
let open: RedisServer;
beforeAll(async () => {
  const safe = ['--appendonly', 'yes'];
  [good, open] = await Promise.all([
    RedisServer.start({ password: CANARY, args: safe }),
    RedisServer.start(),
  ]);
});
afterAll(() => Promise.all([good.stop(), open.stop()]));

const main = (server: RedisServer): string =>
  storeOf(`url = "${server.url}"\nhash_secret = "${CANARY}"`);

async function withSetting<T>(
  server: RedisServer,
  settings: Readonly<Record<string, string>>,
  run: () => Promise<T>,
): Promise<T> {
  const before: [string, string][] = [];
  for (const [name, value] of Object.entries(settings)) {
    const reply = (await server.command('CONFIG', 'GET', name)) as string[];
    before.unshift([name, reply[1] ?? '']);
    await server.command('CONFIG', 'SET', name, value);
  }
  try {
    return await run();
  } finally {
    for (const [name, value] of before) await server.command('CONFIG', 'SET', name, value);
  }
}

describe('a correctly configured server', () => {
  it('passes every check, and no key remains', async () => {
    const results = await examine(main(good));
    expect(notPassed(results)).toEqual([]);
    // The probe key of a new connection expires after a second.
    await expect.poll(() => good.command('DBSIZE'), { timeout: 10_000 }).toBe(0);
    expect(results.map(({ id }) => id)).toEqual([
      ...[
        'config',
        'variables',
        'fail-closed',
        'store-reachable',
        'authentication',
        'tls',
        'hash-secret',
      ],
      ...['server-version', 'topology', 'eviction-policy', 'permissions', 'latency', 'clock'],
      ...['persistence', 'memory', 'connections', 'enforcement'],
    ]);
    const enforced = expectResult(results, 'enforcement', 'pass');
    expect(enforced.detail).toContain('10 of 20 calls');
  });

  it('closes every connection that it made', async () => {
    await examine(main(good));
    await expect
      .poll(async () => String(await good.command('CLIENT', 'LIST')))
      .not.toContain('name=rate-sync');
  });

  it('reports each check before it runs', async () => {
    const reported: string[] = [];
    await examine(main(good), { onCheck: (check) => reported.push(check) });
    expect(reported).toContain('store-reachable (main)');
    expect(reported.at(-1)).toBe('enforcement (main)');
  });
});

describe('authentication', () => {
  it('warns of an open server on this machine', async () => {
    expectResult(await examine(main(open)), 'authentication', 'warn');
  });

  it('fails for an open server elsewhere', async () => {
    const scopeOf = () => Promise.resolve('private' as const);
    expectResult(await examine(main(open), { scopeOf }), 'authentication', 'fail');
    expectResult(await examine(main(good), { scopeOf }), 'authentication', 'pass');
  });
});

describe('eviction-policy', () => {
  it.each(['allkeys-lru', 'volatile-lru', 'volatile-ttl', 'allkeys-random'])(
    'fails with %s and a maxmemory',
    async (policy) => {
      const settings = { maxmemory: '100mb', 'maxmemory-policy': policy };
      await withSetting(good, settings, async () => {
        const found = expectResult(await examine(main(good)), 'eviction-policy', 'fail');
        expect(found.detail).toContain(policy);
      });
    },
  );

  it('warns without a maxmemory', async () => {
    await withSetting(good, { 'maxmemory-policy': 'allkeys-lru' }, async () => {
      expectResult(await examine(main(good)), 'eviction-policy', 'warn');
    });
  });
});

describe('persistence', () => {
  it('warns of a server without persistence', async () => {
    expectResult(await examine(main(open)), 'persistence', 'warn');
  });

  it('passes with snapshots', async () => {
    await withSetting(open, { save: '3600 1' }, async () => {
      expectResult(await examine(main(open)), 'persistence', 'pass');
    });
  });

  it('fails when the last snapshot could not be written', async () => {
    await open.faults.misconf();
    try {
      const results = await examine(main(open));
      expectResult(results, 'persistence', 'fail');
      expect(expectResult(results, 'permissions', 'fail').detail).toContain('cannot save');
    } finally {
      await open.faults.heal();
    }
  });
});

describe('memory', () => {
  it('fails when all of maxmemory is used without eviction', async () => {
    await good.faults.oom();
    try {
      const results = await examine(main(good));
      expectResult(results, 'memory', 'fail');
      expect(expectResult(results, 'permissions', 'fail').detail).toContain('memory is full');
      expectResult(results, 'enforcement', 'skip');
    } finally {
      await good.faults.heal();
    }
  });

  it('D1: warns of a window that takes megabytes for one identifier', async () => {
    const large = `${PUBLIC}[limiters.large]
algorithm = "sliding_window"
limit = 1_000_000
window_seconds = 60
timeout = 5
`;
    const results = await examine(storeOf(`url = "${open.url}"`, large));
    expect(expectResult(results, 'memory', 'warn').detail).toContain(
      '"large": a window of 1000000',
    );
  });

  it('warns when nearly all of it is used', async () => {
    const used = Number((await good.info('memory'))['used_memory']);
    const maxmemory = String(Math.round(used * 1.15));
    await withSetting(good, { maxmemory }, async () => {
      expectResult(await examine(main(good)), 'memory', 'warn');
    });
  });
});

describe('connections', () => {
  it('B10: warns when few are left, with a fix that helps', async () => {
    const config = storeOf(`url = "${good.url}"\nmax_connections = 50`);
    expectResult(await examine(config), 'connections', 'pass');
    const connected = Number((await good.info('clients'))['connected_clients']);
    await withSetting(good, { maxclients: '40' }, async () => {
      const others = Array.from({ length: 36 - connected }, () => new Redis(good.url));
      await Promise.all(others.map((other) => other.ping()));
      const { fix } = expectResult(await examine(config), 'connections', 'warn');
      for (const other of others) other.disconnect();
      expect(fix).toContain('maxclients');
      expect(fix).not.toContain('max_connections');
    });
  });

  it('fails when the doctor holds the last one', async () => {
    const connected = Number((await good.info('clients'))['connected_clients']);
    await withSetting(good, { maxclients: String(connected + 1) }, async () => {
      const found = expectResult(await examine(main(good)), 'connections', 'fail');
      expect(found.detail).toContain('cannot connect');
    });
  });
});

describe('latency', () => {
  it('fails when a round trip takes longer than the timeout of a limiter', async () => {
    const proxy = await FaultProxy.start(good.port);
    try {
      proxy.set('pass', { latencyMs: 25 });
      const url = good.url.replace(String(good.port), String(proxy.port));
      const hasty = `${PUBLIC}[limiters.hasty]\nrate_per_second = 1\ntimeout = 0.01\n`;
      const found = expectResult(
        await examine(storeOf(`url = "${url}"`, hasty)),
        'latency',
        'fail',
      );
      expect(found.detail).toContain('hasty (10 ms)');
      expect(found.detail).not.toContain('public');
      const near = `${PUBLIC}[limiters.near]\nrate_per_second = 1\ntimeout = 0.045\n`;
      const close = await examine(storeOf(`url = "${url}"`, near));
      expect(['warn', 'fail']).toContain(close.find(({ id }) => id === 'latency')?.result);
    } finally {
      await proxy.close();
    }
  });
});
