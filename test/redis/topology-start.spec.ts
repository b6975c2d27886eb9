import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StoreConfig } from '../../src/config/index.js';
import type { StoreUnavailableError } from '../../src/core/errors/index.js';
import { FaultProxy } from '../support/redis/fault-proxy.js';
import { freePort } from '../support/redis/free-port.js';
import { RedisServer } from '../support/redis/redis-server.js';
import { everythingIn, watchOutput } from './topology-secrecy.js';
import { works } from './topology-operations.js';
import { closeSubjects, PATIENCE, rateSyncOver } from './topology-subject.js';

const PASSWORD = 'right-pw';
const CANARY = 'Canary-7f3a!';
/** How much longer than its bound a check may take on a busy machine. */
const SLACK_MS = 2_000;

interface Failure {
  readonly store: StoreConfig;
  /** The error of `check`, beside the store and the code. */
  readonly error: Partial<StoreUnavailableError>;
  readonly env?: Readonly<Record<string, string>>;
}

let server: RedisServer;
let proxy: FaultProxy;
let unusedPort: number;
beforeAll(async () => {
  server = await RedisServer.start({ password: PASSWORD });
  proxy = await FaultProxy.start(server.port);
  unusedPort = await freePort();
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

const here = (port: number): string => `127.0.0.1:${String(port)}`;
const at = (port: number): string => `redis://:${CANARY}@${here(port)}`;
const withoutPassword = (): string => `redis://${here(server.port)}`;

const refused = () => ({ kind: 'connection', failureCode: 'ECONNREFUSED' }) as const;
const wrong = () =>
  ({ kind: 'auth', failureCode: 'WRONGPASS', address: here(server.port) }) as const;

const FAILURES: readonly (readonly [name: string, failure: () => Failure])[] = [
  [
    'no server listens',
    () => ({ store: { url: at(unusedPort) }, error: { ...refused(), address: here(unusedPort) } }),
  ],
  [
    'no server listens, and the topology is "single"',
    () => ({
      store: { url: at(unusedPort), topology: 'single' },
      error: { ...refused(), address: here(unusedPort) },
    }),
  ],
  [
    'no server listens at any of the seeds',
    () => ({
      store: { urls: [at(unusedPort), at(unusedPort).replace('127.0.0.1', 'localhost')] },
      error: refused(),
    }),
  ],
  [
    'no sentinel listens',
    () => ({
      store: { sentinels: [here(unusedPort)], password: CANARY, sentinelPassword: CANARY },
      error: { kind: 'connection', address: `mymaster by ${here(unusedPort)}` },
    }),
  ],
  [
    'the host is unknown',
    () => ({
      store: { url: `redis://:${CANARY}@redis.invalid:6379` },
      error: {
        kind: 'connection',
        failureCode: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) as string,
        address: 'redis.invalid:6379',
      },
    }),
  ],
  ['the password is wrong', () => ({ store: { url: at(server.port) }, error: wrong() })],
  [
    'the password by its key is wrong',
    () => ({ store: { url: withoutPassword(), password: CANARY }, error: wrong() }),
  ],
  [
    'the password of the environment is wrong',
    () => ({
      store: { url: withoutPassword() },
      env: { REDIS_PASSWORD: CANARY },
      error: wrong(),
    }),
  ],
  [
    'the user is unknown',
    () => ({ store: { url: at(server.port).replace('://', '://nobody') }, error: wrong() }),
  ],
  [
    'the password is missing',
    () => ({
      store: { url: withoutPassword() },
      error: { kind: 'auth', failureCode: 'NOAUTH', address: here(server.port) },
    }),
  ],
];

it.each(['auto', 'single'] as const)(
  'a start waits for a server with a slow hello, as %s',
  async (topology) => {
    server.pause();
    try {
      const rateSync = await rateSyncOver({ url: server.url, topology });
      const check = rateSync.check();
      setTimeout(() => {
        server.resume();
      }, 1_700);
      await expect(check).resolves.toBeUndefined();
      expect(await works(rateSync)).toBe(true);
    } finally {
      server.resume();
    }
  },
);

describe('a start that fails reports the store, the address and the cause', () => {
  it.each(FAILURES)('%s', async (_, failureOf) => {
    const { store, error, env = {} } = failureOf();
    const start = performance.now();
    const rateSync = await rateSyncOver(store, { env });
    const failure: unknown = await rateSync.check().catch((reason: unknown) => reason);
    const { socketConnectTimeout = 5 } = store;
    expect(performance.now() - start).toBeLessThan(socketConnectTimeout * 1_000 + SLACK_MS);
    expect(failure).toMatchObject({
      code: 'RATE_SYNC_STORE_UNAVAILABLE',
      storeId: 'main',
      ...error,
    });
    expect(await works(rateSync)).toBe(false);
  });

  it.each(['auto', 'single'] as const)(
    'the server does not reply: bounded, as %s',
    async (topology) => {
      proxy.set('blackhole');
      const start = performance.now();
      const rateSync = await rateSyncOver({ url: at(proxy.port), topology });
      const failure: unknown = await rateSync.check().catch((reason: unknown) => reason);
      expect(performance.now() - start).toBeLessThan(5_000 + SLACK_MS);
      expect(failure).toMatchObject({
        storeId: 'main',
        kind: 'timeout',
        address: here(proxy.port),
      });
    },
  );

  it('the server does not reply: bounded by socket_connect_timeout', async () => {
    proxy.set('blackhole');
    const start = performance.now();
    const rateSync = await rateSyncOver({ url: at(proxy.port), socketConnectTimeout: 0.2 });
    await expect(rateSync.check()).rejects.toMatchObject({ kind: 'timeout' });
    expect(performance.now() - start).toBeLessThan(200 + SLACK_MS);
  });

  it('the connection is reset', async () => {
    proxy.set('reset');
    const rateSync = await rateSyncOver({ url: at(proxy.port) });
    await expect(rateSync.check()).rejects.toMatchObject({
      kind: 'connection',
      failureCode: 'ECONNRESET',
      address: here(proxy.port),
    });
  });

  it.each([
    ['with a password', () => server.url],
    ['without', () => server.url.replace(`:${PASSWORD}@`, '')],
  ])('there is no room for one more client, %s', async (_, url) => {
    await server.faults.maxclients(1);
    const rateSync = await rateSyncOver({ url: url() });
    // Whether the server's last error or the end of the connection is seen first is by chance.
    await expect(rateSync.check()).rejects.toMatchObject({
      kind: 'connection',
      failureCode: expect.stringMatching(/^(MAXCLIENTS|EPIPE|ECONNRESET)$/) as string,
    });
  });

  it.each([
    ['READONLY', 'readonly', () => server.faults.readonly()],
    ['OOM', 'oom', () => server.faults.oom()],
    ['MISCONF', 'misconf', () => server.faults.misconf()],
  ] as const)('the server takes no writes: %s', async (failureCode, kind, makeIll) => {
    await makeIll();
    const rateSync = await rateSyncOver({ url: server.url });
    await expect(rateSync.check()).rejects.toMatchObject({ kind, failureCode });
    await server.faults.heal();
    await expect.poll(() => works(rateSync), PATIENCE).toBe(true);
  });

  it('is reported by every check', async () => {
    const rateSync = await rateSyncOver({ url: at(server.port) });
    const error = wrong();
    await expect(rateSync.check()).rejects.toMatchObject(error);
    await expect(rateSync.check()).rejects.toMatchObject(error);
    await Promise.all([1, 2, 3].map(() => expect(rateSync.check()).rejects.toMatchObject(error)));
  });
});

describe('a start that fails does not reveal the password', () => {
  it.each(FAILURES)('%s', async (_, failureOf) => {
    const output = watchOutput();
    try {
      const seen: unknown[] = [];
      const note = (event: unknown): void => void seen.push(event);
      const observers = [{ onDegraded: note, onCircuit: note, onDecision: note }];
      const { store, env = {} } = failureOf();
      const rateSync = await rateSyncOver(store, { env, observers });
      seen.push(await rateSync.check().catch((reason: unknown) => reason));
      seen.push(await rateSync.limiters.get('many').consume('somebody'));
      seen.push(
        await rateSync.limiters
          .get('bucket')
          .reset('x')
          .catch((reason: unknown) => reason),
      );
      seen.push(rateSync, rateSync.listStores(), rateSync.listLimiters());
      await rateSync.close();
      const told = seen.map(everythingIn).join('\n');
      expect(told).toContain('RATE_SYNC_STORE_UNAVAILABLE');
      expect(told).not.toContain(CANARY);
      expect(output.text()).toBe('');
    } finally {
      output.restore();
    }
  });

  it('a URL that cannot be used', async () => {
    for (const url of [
      `http://:${CANARY}@h:1`,
      `redis://:${CANARY}@h:99999`,
      `redis://%${CANARY}@h`,
    ]) {
      const failure: unknown = await rateSyncOver({ url }).catch((reason: unknown) => reason);
      expect(failure).toMatchObject({ code: 'RATE_SYNC_INVALID_CONFIG' });
      expect(everythingIn(failure)).not.toContain(CANARY);
    }
  });
});
