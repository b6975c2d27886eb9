import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { unhandledRejections } from '../../support/http/unhandled.js';
import { waitUntil } from '../../support/redis/wait-until.js';
import { FaultApp } from './fault-app.js';
import { aProxy, aSecret, aServer, urlOf, type Scene } from './fixture.js';

/** What keeps this process alive, but for what files and the test runner do. */
function reasonsToLive(): readonly string[] {
  const isOurs = (name: string): boolean => /TCP|TLS|Timeout|Immediate|GetAddrInfo/.test(name);
  return process.getActiveResourcesInfo().filter(isOurs).sort();
}

/** A client that lives on would try to connect once more within this time. */
const RECONNECT_MS = 1_000;

type Begin = (scene: Pick<Scene, 'server' | 'proxy'>) => unknown;

const FAULTS: readonly (readonly [string, Begin, settleMs: number])[] = [
  ['with a healthy server', () => undefined, 0],
  ['during F01, a server that is gone,', ({ server }) => server.kill(), 700],
  [
    'during F03, a server that does not answer,',
    ({ server }) => {
      server.pause();
    },
    100,
  ],
  [
    'late in F03, a connection that is given up,',
    ({ server }) => {
      server.pause();
    },
    1_500,
  ],
  [
    'during F20, a network that loses everything,',
    ({ proxy }) => {
      proxy.set('blackhole');
    },
    100,
  ],
];

// One after the other: what is left open is counted for the whole process.
describe('closing an application', () => {
  it.for(FAULTS)('F39: %s takes no time and leaves nothing', async ([, begin, settleMs], test) => {
    const secret = aSecret();
    const server = await aServer(test, { password: secret });
    const proxy = await aProxy(test, server);
    let before: readonly string[] = [];
    let [tookMs, connections] = [Number.POSITIVE_INFINITY, 0];
    const rejections = await unhandledRejections(async () => {
      await server.command('PING');
      before = reasonsToLive();
      const store = { url: urlOf(proxy.port, secret) };
      const app = await FaultApp.start({ name: 'f39', store });
      await app.ask('open', 'ada');
      await begin({ server, proxy });
      const asking = setInterval(() => void app.ask('closed', 'ada'), 10);
      await sleep(settleMs);
      clearInterval(asking);
      const last = Array.from({ length: 20 }, () => app.ask('closed', 'bob'));
      const startMs = performance.now();
      await app.close();
      tookMs = performance.now() - startMs;
      await Promise.all(last);
      proxy.set('reset');
      await waitUntil('the sockets to be closed', () => proxy.connections === 0);
      connections = proxy.totalConnections;
      await sleep(RECONNECT_MS);
      connections = proxy.totalConnections - connections;
    });
    expect(connections).toBe(0);
    expect(rejections).toEqual([]);
    expect(tookMs).toBeLessThan(3_000);
    await waitUntil('nothing to be left', () => isNothingNew(before), { timeoutMs: 3_000 }).catch(
      () => undefined,
    );
    expect(isNothingNew(before) ? before : reasonsToLive()).toEqual(before);
  });
});

function isNothingNew(before: readonly string[]): boolean {
  const left = [...before];
  return reasonsToLive().every((name) => {
    const index = left.indexOf(name);
    left.splice(index, 1);
    return index >= 0;
  });
}
