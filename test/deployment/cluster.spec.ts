import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countSlots, view } from '../support/redis/cluster-view.js';
import type { RedisServer } from '../support/redis/redis-server.js';
import { composedService } from './compose.js';
import { startService, VARIABLES } from './composed-server.js';
import { expectFourLimits, openProduction } from './production-limits.js';
import { runScript, type ScriptResult } from './scripts.js';

const FILE = 'cluster.yml';
const NAMES = ['redis-1', 'redis-2', 'redis-3'];

let nodes: readonly RedisServer[];
beforeAll(async () => {
  nodes = await Promise.all(NAMES.map((name) => startService(FILE, name)));
});
afterAll(() => Promise.all(nodes.map((node) => node.stop())));

/** Runs the command of the service `cluster`, with our addresses instead of the containers'. */
function formCluster(servers: readonly RedisServer[], replicas?: string): Promise<ScriptResult> {
  const [shell, script = '', count = '', ...addresses] =
    composedService(FILE, 'cluster', VARIABLES).command ?? [];
  expect([shell, addresses.length]).toEqual(['sh', NAMES.length]);
  const ours = servers.map(({ port }) => `127.0.0.1:${String(port)}`);
  return runScript(script.replace(/.*\//, ''), [replicas ?? count, ...ours], {
    REDISCLI_AUTH: VARIABLES.REDIS_PASSWORD,
  });
}

const urlOf = ({ port }: RedisServer): string => `redis://127.0.0.1:${String(port)}`;
const env = (): Record<string, string> => ({
  REDIS_URLS: nodes.map(urlOf).join(','),
  REDIS_PASSWORD: VARIABLES.REDIS_PASSWORD,
});

async function expectComplete(servers: readonly RedisServer[], primaries: number): Promise<void> {
  for (const server of servers) {
    const known = await view(server);
    expect(known).toHaveLength(servers.length);
    expect(known.filter(({ isPrimary }) => isPrimary)).toHaveLength(primaries);
    expect(countSlots(known)).toBe(16_384);
  }
}

describe('the nodes of cluster.yml', () => {
  it('are made one cluster by its service', async () => {
    expect(await formCluster(nodes)).toMatchObject({ code: 0 });
    await expectComplete(nodes, 3);
  });

  it('stay as they are when the service runs again', async () => {
    const before = await view(nodes[0]!);
    const again = await formCluster(nodes);
    expect(again).toEqual({ code: 0, output: 'The cluster of 3 nodes is complete.\n' });
    const ids = (seen: typeof before): string[] => seen.map(({ id }) => id).sort();
    expect(ids(await view(nodes[0]!))).toEqual(ids(before));
  });

  it('enforce the four limits of production over two instances', async () => {
    await expectFourLimits(env());
  });

  it('are found by one of them, as REDIS_URL has it', async () => {
    const { REDIS_PASSWORD } = VARIABLES;
    await expectFourLimits({ REDIS_URL: urlOf(nodes[1]!), REDIS_PASSWORD });
  });

  it('go on without the one that is gone, and with it once it is back', async () => {
    const rateSync = await openProduction(env());
    await rateSync.check();
    await nodes[2]!.kill();
    const callers = Array.from({ length: 60 }, () => randomUUID());
    const limiter = rateSync.limiters.get('login_credential');
    const decided = async (): Promise<number> => {
      const decisions = await Promise.all(callers.map((who) => limiter.peek(who)));
      return decisions.filter(({ degraded }) => !degraded).length;
    };
    const withoutIt = await decided();
    expect(withoutIt).toBeGreaterThan(0);
    expect(withoutIt).toBeLessThan(callers.length);
    await nodes[2]!.restart({ keepData: true });
    await expect.poll(decided, { timeout: 20_000 }).toBe(callers.length);
    await rateSync.close();
  });

  it('are not touched when a stranger is among those that shall be one', async () => {
    const stranger = await startService(FILE, 'redis-1');
    const { code, output } = await formCluster([...nodes, stranger]);
    expect(code).toBe(1);
    expect(output).toContain('1 of 4 nodes are not in the cluster');
    await expectComplete(nodes, 3);
    await stranger.stop();
  });
});

describe('six such nodes', () => {
  it('become a cluster with a replica for each primary', async () => {
    const six = await Promise.all([...NAMES, ...NAMES].map((name) => startService(FILE, name)));
    try {
      expect(await formCluster(six, '1')).toMatchObject({ code: 0 });
      await expect
        .poll(() => expectComplete(six, 3).then(() => true), { timeout: 15_000 })
        .toBe(true);
    } finally {
      await Promise.all(six.map((node) => node.stop()));
    }
  });
});
