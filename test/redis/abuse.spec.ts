import { connect } from 'node:net';
import { Controller, Post } from '@nestjs/common';
import {
  canonicalIp,
  RateLimit,
  type DecisionEvent,
  type DecisionObserver,
  type Limiter,
  type LimiterConfig,
  type StoreConfig,
} from '@rate-sync/nestjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { createRateSync } from '../../src/runtime/create-rate-sync.js';
import type { RateSync } from '../../src/runtime/rate-sync.js';
import { hashSlotOf } from '../../src/stores/redis/protocol/keys.js';
import { ADAPTERS, type Adapter } from '../support/http/adapters.js';
import { create, serve, statuses, times, type AppUnderTest } from '../support/http/serve.js';
import { freePort } from '../support/redis/free-port.js';
import { HARNESS_USER } from '../support/redis/redis-options.js';
import { RedisServer } from '../support/redis/redis-server.js';
import type { RespConnection } from '../support/redis/resp.js';
import { everythingIn, watchOutput } from './topology-secrecy.js';

const PASSWORD = 'Canary-p4ss%w0rd';
const E_MAIL = 'canary.ada@example.org';
const IP = '198.51.100.77';
/** Secrets that must not appear anywhere, in every form in which they might be written. */
const CANARIES = [
  ['A21', 'a password', [PASSWORD, encodeURIComponent(PASSWORD), 'Canary-p4ss']],
  ['A22', 'an e-mail and an address', [E_MAIL, 'canary.ada', IP]],
] as const;

const WINDOW_SECONDS = 600;
const LIMITERS = {
  window: { algorithm: 'sliding_window', limit: 5, windowSeconds: WINDOW_SECONDS },
  /** Full again after as long as the window lasts. */
  bucket: { ratePerSecond: 5 / WINDOW_SECONDS, burst: 5 },
  slots: { maxConcurrent: 1, leaseSeconds: 3 },
} as const satisfies Record<string, LimiterConfig>;

/** As long as a busy machine may need. */
const PATIENT: StoreConfig = { decisionTimeout: 30, denyCacheSeconds: 0 };

let server: RedisServer;
let asker: RespConnection;
const opened: RateSync[] = [];

beforeAll(async () => {
  server = await RedisServer.start({ password: PASSWORD });
  asker = await server.connect({ timeoutMs: 30_000 });
});
beforeEach(() => server.command('FLUSHALL'));
afterEach(() => Promise.all(opened.splice(0).map((rateSync) => rateSync.close())));
afterAll(async () => {
  asker.close();
  await server.stop();
});

async function rateSyncOnRedis(observers: readonly DecisionObserver[] = []): Promise<RateSync> {
  const stores = { main: { ...PATIENT, url: server.url } };
  const rateSync = await createRateSync({
    config: { stores, limiters: LIMITERS },
    env: {},
    observers,
  });
  opened.push(rateSync);
  await rateSync.check();
  return rateSync;
}

/** All keys, without the one that proves that the server takes writes. */
async function keys(): Promise<readonly string[]> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const answer = await asker.command('SCAN', cursor, 'COUNT', 1_000);
    const [next, some] = answer as [string, string[]];
    for (const key of some) if (!key.endsWith(':probe')) found.add(key);
    cursor = next;
  } while (cursor !== '0');
  return [...found];
}

/** Milliseconds that each key has left; -1 for one that stays forever. */
async function timesLeft(): Promise<readonly number[]> {
  const all = await keys();
  return Promise.all(all.map(async (key) => Number(await asker.command('PTTL', key))));
}

/** Sends one request of each identifier, a few hundred per turn; returns how many were allowed. */
async function askAsMany(
  limiter: Limiter,
  count: number,
  identifierOf: (n: number) => string,
): Promise<number> {
  let admitted = 0;
  for (let from = 0; from < count; from += 500) {
    const some = Array.from({ length: Math.min(500, count - from) }, (_, n) =>
      limiter.consume(identifierOf(from + n)),
    );
    const decisions = await Promise.all(some);
    expect(decisions.filter(({ degraded }) => degraded)).toEqual([]);
    admitted += decisions.filter(({ allowed }) => allowed).length;
  }
  return admitted;
}

describe('many identities', () => {
  it('A03: 10,000 addresses of one /64 are one caller with one key', async () => {
    const { window } = await limitersOn();
    const address = (n: number) => `2001:db8:7:8:${(n * 6).toString(16)}::${n.toString(16)}`;
    expect(await askAsMany(window, 10_000, (n) => canonicalIp(address(n), 64))).toBe(5);
    expect(await keys()).toHaveLength(1);
  });

  it.each([
    ['window', 20_000],
    ['bucket', 2_000],
  ] as const)(
    'A10: every key of %s ends with its window, of %d identities',
    async (name, count) => {
      const limiters = await limitersOn();
      expect(await askAsMany(limiters[name], count, (n) => `nobody-${String(n)}`)).toBe(count);
      const left = await timesLeft();
      expect(left).toHaveLength(count);
      // Also what was let through last, up to the millisecond in which it was.
      expect(Math.max(...left)).toBeLessThanOrEqual(WINDOW_SECONDS * 1_000 + 1);
      expect(Math.min(...left)).toBeGreaterThan(0);
    },
  );

  it('A10: a denial creates no key and extends no TTL', async () => {
    const { window } = await limitersOn();
    await Promise.all(Array.from({ length: 5 }, () => window.consume('a')));
    const [before = 0] = await timesLeft();
    expect(await askAsMany(window, 1_000, () => 'a')).toBe(0);
    await window.consume('b', { cost: 6 });
    await window.peek('c');
    const after = await timesLeft();
    expect(after).toHaveLength(1);
    expect(after[0]).toBeLessThanOrEqual(before);
  });

  it('A23: the labels of metrics are the same few words for all of them', async () => {
    const labels = new Set<string>();
    const events: string[] = [];
    const onDecision = ({ decisions, endpoint }: DecisionEvent): void => {
      for (const { limiterId, reason } of decisions) {
        labels.add(`${limiterId} ${reason} ${String(endpoint)}`);
      }
      events.push('decision');
    };
    const rateSync = await rateSyncOnRedis([{ onDecision }]);
    const window = rateSync.limiters.get('window');
    await askAsMany(window, 5_000, (n) => `nobody-${String(n % 800)}`);
    expect(events).toHaveLength(5_000);
    expect([...labels].sort()).toEqual(['window over_limit null', 'window within_limit null']);
  });
});

async function limitersOn(): Promise<Readonly<Record<keyof typeof LIMITERS, Limiter>>> {
  const rateSync = await rateSyncOnRedis();
  const [window, bucket, slots] = (['window', 'bucket', 'slots'] as const).map((name) =>
    rateSync.limiters.get(name),
  );
  return { window: window!, bucket: bucket!, slots: slots! };
}

it('A07: awkward identifiers have short keys of their own, in the hash slot of their hash tag', async () => {
  const awkward = [
    ...['a:b', 'a{b}', '{a}b', '{', '}', '{}', '}{', '%', '%25', '\n', '\r\n', '\0', 'a\0b', 'a'],
    ...['', '~', '\ud800', '\udc00', '*', '\u00e9', `${'k'.repeat(1_000_000)}a`],
    `${'k'.repeat(1_000_000)}b`,
  ];
  const { window } = await limitersOn();
  for (const identifier of awkward) {
    expect((await window.consume(identifier)).remaining, identifier.slice(0, 9)).toBe(4);
  }
  const all = await keys();
  expect(all).toHaveLength(awkward.length);
  for (const key of all) {
    const tag = /^rs:v1:\{([\w-]{22})\}window:w$/.exec(key)?.[1];
    expect(tag, key).toBeDefined();
    expect(hashSlotOf(key)).toBe(hashSlotOf(tag ?? ''));
    expect(Buffer.byteLength(key)).toBeLessThanOrEqual(256);
  }
});

it.each(['window', 'bucket'])(
  'A15: of 1,000 calls at once to %s through four stores, exactly the limit is admitted',
  async (name) => {
    const four = await Promise.all(Array.from({ length: 4 }, () => rateSyncOnRedis()));
    const calls = Array.from({ length: 1_000 }, (_, n) =>
      four[n % 4]!.limiters.get(name).consume('everybody'),
    );
    const decisions = await Promise.all(calls);
    expect(decisions.filter(({ degraded }) => degraded)).toEqual([]);
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(5);
  },
);

it('A26: a slot that its holder stops renewing is free when its lease ends', async () => {
  const holder = await rateSyncOnRedis();
  const other = (await limitersOn()).slots;
  expect(await holder.limiters.get('slots').tryAcquire('job')).not.toBeNull();
  expect(await other.tryAcquire('job')).toBeNull();
  const [left = -1] = await timesLeft();
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(LIMITERS.slots.leaseSeconds * 1_000);
  // Closing ends the renewals, as a crash does; it releases nothing.
  await holder.close();
  expect(await keys()).toHaveLength(1);
  await expect.poll(keys, { timeout: 20_000, interval: 50 }).toEqual([]);
  expect(await other.tryAcquire('job')).not.toBeNull();
});

@Controller()
class LoginController {
  @Post('login')
  @RateLimit({ limiter: 'window', by: 'body:email' }, { limiter: 'bucket', by: 'ip' })
  login(): string {
    return 'welcome';
  }
}

/** An application whose store is at this port, with the canary as its password. */
function secretive(port: number, observers: readonly DecisionObserver[]): AppUnderTest {
  const url = `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${String(port)}`;
  const config = {
    stores: { main: { url, decisionTimeout: 5, denyCacheSeconds: 0 } },
    limiters: { ...LIMITERS, closed: { ...LIMITERS.window, failClosed: true } },
    http: { trustedProxies: ['127.0.0.1/32'] },
  };
  return {
    controllers: [LoginController],
    rateSync: { config, env: {}, observers, onStartupFailure: 'degrade' },
    clock: systemClock,
  };
}

/** An observer that records all events, as a careless logger would. */
function talkative() {
  const told: string[] = [];
  const tell = (event: object): void => {
    told.push(everythingIn(event));
    if ('identifiers' in event) told.push(everythingIn(event.identifiers));
  };
  const observer = { onDecision: tell, onDegraded: tell, onCircuit: tell, onOverflow: tell };
  return { told, observer };
}

/** Everything that can be seen of an application that canaries log in to, and the answers' statuses. */
async function everythingSaid(adapter: Adapter, port: number) {
  const output = watchOutput();
  try {
    const { told, observer } = talkative();
    const { app, post, log, rateSync } = await serve(adapter, secretive(port, [observer]));
    const headers = { 'x-forwarded-for': IP };
    const replies = await times(8, () => post('/login', { email: E_MAIL }, headers));
    const closed = rateSync.getLimiter('closed');
    const outcomes = await Promise.all(
      [
        closed.consume(E_MAIL),
        closed.reset(E_MAIL),
        closed.refund(E_MAIL),
        closed.run(E_MAIL, () => 'ran', { timeoutMs: 500 }),
        closed.consume(E_MAIL, { cost: 0.5 }),
      ].map((call) => call.catch((reason: unknown) => reason)),
    );
    const seen = [rateSync, rateSync.listStores(), rateSync.listLimiters(), replies, outcomes];
    await app.close();
    const text = [...told, log.text, ...seen.flat().map(everythingIn), output.text()].join('\n');
    return { text, statuses: statuses(replies), printed: output.text() };
  } finally {
    output.restore();
  }
}

/** A start that fails for its store, and all its output. */
async function failedStart(adapter: Adapter, port: number): Promise<string> {
  const output = watchOutput();
  try {
    const { told, observer } = talkative();
    const parts = secretive(port, [observer]);
    const failure: unknown = await create(adapter, {
      ...parts,
      rateSync: { ...parts.rateSync, onStartupFailure: 'throw' },
    }).catch((reason: unknown) => reason);
    expect(failure).toMatchObject({ code: 'RATE_SYNC_STORE_UNAVAILABLE' });
    return [everythingIn(failure), ...told, output.text()].join('\n');
  } finally {
    output.restore();
  }
}

function expectNone(canaries: readonly string[], text: string): void {
  for (const canary of canaries) expect(text).not.toContain(canary);
}

/** Everything that Redis keeps. */
async function everythingInRedis(): Promise<string> {
  const all = await keys();
  const contents = await Promise.all(all.map((key) => asker.command('DUMP', key)));
  return [...all, ...contents.map(String)].join('\n');
}

/** All commands that Redis receives from now on, in full. */
async function monitored(): Promise<{ readonly text: () => string; readonly end: () => void }> {
  let text = '';
  const socket = connect(server.port, '127.0.0.1');
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => (text += chunk));
  socket.write(`AUTH ${HARNESS_USER.username} ${HARNESS_USER.password}\r\nMONITOR\r\n`);
  await expect.poll(() => text, { timeout: 10_000 }).toBe('+OK\r\n+OK\r\n');
  return { text: () => text, end: () => socket.destroy() };
}

describe.each(ADAPTERS)('secrets on $name', (adapter) => {
  it.each(CANARIES)('%s: %s is nowhere while Redis replies', async (_, __, canaries) => {
    const monitor = await monitored();
    const said = await everythingSaid(adapter, server.port);
    expect(said.statuses).toEqual([201, 201, 201, 201, 201, 429, 429, 429]);
    expect(said.text).toContain('over_limit');
    expectNone(canaries, said.text);
    expect(said.printed).toBe('');
    const kept = await everythingInRedis();
    expect(kept).toContain('}window:w');
    expectNone(canaries, kept);
    await server.command('ECHO', 'the end');
    await expect.poll(monitor.text, { timeout: 10_000 }).toContain('the end');
    monitor.end();
    expect(monitor.text().toLowerCase()).toContain('evalsha');
    expectNone(canaries, monitor.text());
  });

  it.each(CANARIES)('%s: %s is nowhere while it does not', async (_, __, canaries) => {
    const said = await everythingSaid(adapter, await freePort());
    expect(said.statuses).toEqual(Array<number>(8).fill(201));
    expect(said.text).toContain('RATE_SYNC_STORE_UNAVAILABLE');
    expect(said.text).toContain('fail_closed');
    expectNone(canaries, said.text);
    expect(said.printed).toBe('');
  });

  it('A21: a password is not in the output of a failed start', async () => {
    const text = await failedStart(adapter, await freePort());
    expect(text).toContain('ECONNREFUSED');
    expectNone(CANARIES[0][2], text);
  });
});
