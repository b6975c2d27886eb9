import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FaultProxy } from '../support/redis/fault-proxy.js';
import { freePort } from '../support/redis/free-port.js';
import { RedisServer } from '../support/redis/redis-server.js';
import type { RateSync } from '../../src/runtime/rate-sync.js';
import { expectEveryOperation, works } from './topology-operations.js';
import { closeSubjects, rateSyncOver } from './topology-subject.js';

/** By itself, and within two seconds; as much again is for the machine. */
const SOON = { timeout: 4_000, interval: 20 };

/** How long a start and a decision wait for a server that does not reply. */
const IMPATIENT = { socketConnectTimeout: 1, decisionTimeout: 0.5 };

let server: RedisServer;
let proxy: FaultProxy;
beforeAll(async () => {
  server = await RedisServer.start({ users: ['late on >early ~rs:* +@all'] });
  proxy = await FaultProxy.start(server.port);
});
afterEach(async () => {
  proxy.set('pass');
  await server.faults.heal();
  await closeSubjects();
});
afterAll(async () => {
  await proxy.close();
  await server.stop();
});

const url = (): string => `redis://127.0.0.1:${String(proxy.port)}`;
const asLate = (password: string): string =>
  `redis://late:${password}@127.0.0.1:${String(server.port)}`;

async function startsDegraded(rateSync: RateSync): Promise<void> {
  await expect(rateSync.check()).rejects.toThrow('RATE_SYNC_STORE_UNAVAILABLE');
  const decision = await rateSync.limiters.get('bucket').consume('early');
  expect(decision).toMatchObject({ reason: 'fail_open', degraded: true });
}

async function recovers(rateSync: RateSync): Promise<void> {
  await expect.poll(() => works(rateSync), SOON).toBe(true);
  await rateSync.check();
  await expectEveryOperation(rateSync);
}

describe.each(['auto', 'single'] as const)('a store that is late, as %s', (topology) => {
  it('begins to work when the server comes up', async () => {
    const port = await freePort();
    const store = { url: `redis://127.0.0.1:${String(port)}`, topology };
    const rateSync = await rateSyncOver(store);
    await startsDegraded(rateSync);
    const late = await RedisServer.start({ port });
    try {
      await recovers(rateSync);
    } finally {
      await late.stop();
    }
  });

  it.each(['refuse', 'reset', 'blackhole', 'stall'] as const)(
    'begins to work with the network: %s',
    async (mode) => {
      proxy.set(mode);
      const rateSync = await rateSyncOver({ url: url(), topology, ...IMPATIENT });
      await startsDegraded(rateSync);
      proxy.set('pass');
      await recovers(rateSync);
    },
  );

  it('begins to work once the password is right', async () => {
    const rateSync = await rateSyncOver({ url: asLate('right'), topology });
    await startsDegraded(rateSync);
    await server.command('ACL', 'SETUSER', 'late', '>right');
    await recovers(rateSync);
    await server.command('ACL', 'SETUSER', 'late', '<right');
  });

  it('begins to work once the user exists and has its rights', async () => {
    const who = `redis://newcomer:pw@127.0.0.1:${String(server.port)}`;
    const rateSync = await rateSyncOver({ url: who, topology });
    await startsDegraded(rateSync);
    await server.command('ACL', 'SETUSER', 'newcomer', 'on', '>pw');
    await startsDegraded(rateSync);
    await server.command('ACL', 'SETUSER', 'newcomer', '~rs:*', '+@all');
    await recovers(rateSync);
    await server.command('ACL', 'DELUSER', 'newcomer');
  });

  it('begins to work once no password is required any more', async () => {
    await server.command('CONFIG', 'SET', 'requirepass', 'for-now');
    const rateSync = await rateSyncOver({ url: url(), topology });
    await startsDegraded(rateSync);
    await server.command('CONFIG', 'SET', 'requirepass', '');
    await recovers(rateSync);
  });

  it('begins to work once the server accepts another client', async () => {
    await server.faults.maxclients(1);
    const rateSync = await rateSyncOver({ url: url(), topology });
    await startsDegraded(rateSync);
    await server.faults.heal();
    await recovers(rateSync);
  });

  it('begins to work once the data are loaded', async () => {
    const { over } = await server.faults.loading(600);
    const rateSync = await rateSyncOver({ url: url(), topology });
    await startsDegraded(rateSync);
    await over;
    await recovers(rateSync);
  });

  it("begins to work once another client's script ends", async () => {
    const { over } = await server.faults.busy(1_500);
    const rateSync = await rateSyncOver({ url: url(), topology, ...IMPATIENT });
    await startsDegraded(rateSync);
    await over;
    await recovers(rateSync);
  });

  it('begins to work once the server is no longer paused', async () => {
    server.pause();
    const rateSync = await rateSyncOver({ url: url(), topology, ...IMPATIENT });
    await startsDegraded(rateSync);
    server.resume();
    await recovers(rateSync);
  });

  it('begins to work once the server accepts writes', async () => {
    await server.faults.readonly();
    const rateSync = await rateSyncOver({ url: url(), topology });
    expect(await works(rateSync)).toBe(false);
    await server.faults.heal();
    await recovers(rateSync);
  });
});
