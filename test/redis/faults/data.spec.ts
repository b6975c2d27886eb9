import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRateSync } from '../../../src/runtime/create-rate-sync.js';
import { RedisStore } from '../../../src/stores/redis/redis-store.js';
import { between, having, shareOf, toldToPass, within, type Answer } from './answers.js';
import { callsOf } from './commands.js';
import { calm } from './soak.js';
import { expectCounted, expectHonest, expectNoSecret, expectWithinLimit } from './expectations.js';
import { callerName } from './load.js';
import { aServer, setUp } from './fixture.js';

/** For cases in which the server is healthy: a busy machine is no fault. */
const PATIENT = { limiter: { timeout: 2 }, store: { decisionTimeout: 2 }, isDirect: true };

describe.concurrent('a server that loses or holds something else', () => {
  it('F06: SCRIPT FLUSH under load: no decision is degraded', async (test) => {
    const { server, app, secret } = await setUp(test, { name: 'f06', ...PATIENT });
    const load = app.load({ perSecond: 60 });
    await calm(load);
    await server.command('CONFIG', 'RESETSTAT');
    for (let flush = 0; flush < 8; flush += 1) {
      await server.command('SCRIPT', 'FLUSH');
      await sleep(200);
    }
    await calm(load);
    const answers = await load.stop();
    expectHonest(answers);
    expect(shareOf(answers, 'decided')).toBe(1);
    expect(await callsOf(server, 'eval')).toBeGreaterThanOrEqual(8);
    await expectCounted(app, answers);
    expect(app.errorLines).toEqual([]);
    expectNoSecret(app, secret);
  });

  it('F34: FLUSHALL under load: limits begin anew, and nothing breaks', async (test) => {
    const limit = 20;
    const limiter = { ...PATIENT.limiter, limit };
    const { server, app } = await setUp(test, { name: 'f34', ...PATIENT, limiter });
    const load = app.load({ perSecond: 60, callers: 2 });
    const isUsedUp = (answers: readonly Answer[]): boolean =>
      answers.filter(({ status }) => status === 429).length > 20;
    await untilSo(() => isUsedUp(load.answers));
    const flushMs = performance.now();
    await server.command('FLUSHALL');
    const flushedMs = performance.now();
    await untilSo(() => isUsedUp(between(load.answers, flushedMs + 1_500)));
    const answers = await load.stop();
    expectHonest(answers);
    expect(shareOf(answers, 'decided')).toBe(1);
    expectWithinLimit(within(answers, 0, flushMs), limit);
    expectWithinLimit(between(answers, flushedMs), limit);
    expect([...toldToPass(between(answers, flushMs)).values()].some((told) => told > 10)).toBe(
      true,
    );
    expect(app.witness.path).toEqual([]);
  });

  it('F34: keys that are evicted: their limits begin anew, and nothing breaks', async (test) => {
    const { server, app } = await setUp(test, { name: 'f34-evicted', ...PATIENT });
    const load = app.load();
    await calm(load);
    for (let round = 0; round < 10; round += 1) {
      const key = await server.command('RANDOMKEY');
      await server.command('UNLINK', String(key));
      await sleep(100);
    }
    const answers = await load.stop();
    expectHonest(answers);
    expect(shareOf(answers, 'decided')).toBe(1);
    expect(app.witness.path).toEqual([]);
  });

  it.for<readonly [what: string, write: readonly string[]]>([
    ['a list', ['RPUSH', 'KEY', 'a', 'b']],
    ['a hash', ['HSET', 'KEY', 'field', 'value']],
    ['a word', ['SET', 'KEY', 'foreign']],
    ['a long text', ['SET', 'KEY', 'zyxwvutsrqponmlkjihgfedcba'.repeat(4)]],
    ['JSON', ['SET', 'KEY', JSON.stringify({ user: { name: 'ada', roles: ['a', 'b', 'c'] } })]],
    ['a session id', ['SET', 'KEY', 's:Zx9qLk2mPp0aQw8eRt7yUi6oPa5sDf4g']],
  ])('F35: %s under our key: an error of that caller only', async ([what, write], test) => {
    const name = `f35-${what.replaceAll(' ', '-')}`;
    const { server, app } = await setUp(test, { name, ...PATIENT });
    const caller = callerName(0);
    await app.ask('open', caller);
    await app.ask('closed', caller);
    const keys = (await server.command('KEYS', '*:w')) as readonly string[];
    for (const key of keys) {
      await server.command('DEL', key);
      await server.command(...write.map((word) => (word === 'KEY' ? key : word)));
    }
    const dump = () => Promise.all(keys.map((key) => server.command('DUMP', key)));
    const before = await dump();
    const load = app.load();
    await sleep(2_000);
    const answers = await load.stop();
    expectHonest(answers);
    const isHis = ({ identifier }: Answer): boolean => identifier === caller;
    expect(shareOf(answers.filter(isHis), 'degraded')).toBe(1);
    expect(
      having(
        answers.filter((answer) => !isHis(answer)),
        'degraded',
      ),
    ).toEqual([]);
    expect([...app.witness.degraded.keys()]).toEqual(['data/WRONGTYPE']);
    expect(app.witness.path).toEqual([]);
    expect(app.errorLines.length).toBeLessThanOrEqual(2);
    // It belongs to another program, so it stays unchanged.
    expect(await dump()).toEqual(before);
  });
});

describe.concurrent('a clock of the server that jumps', () => {
  it.for([
    ['an hour ahead', 3_600_000],
    ['an hour back', -3_600_000],
  ] as const)('F36: %s: no bypass, and no identifier is locked out', async ([, jumpMs], test) => {
    const server = await aServer(test);
    let aheadMs = 0;
    const config = {
      stores: {
        main: { strategy: 'redis', url: server.url, decisionTimeout: 2, denyCacheSeconds: 0 },
      },
      limiters: {
        window: { algorithm: 'sliding_window', limit: 10, windowSeconds: 60 },
        bucket: { algorithm: 'token_bucket', ratePerSecond: 0.1, burst: 10 },
      },
    } as const;
    const rateSync = await createRateSync({
      config,
      env: {},
      openStore: (settings, context) => {
        if (settings.strategy !== 'redis') throw new Error('it is a Redis store');
        const nowUs = (): number => (Date.now() + aheadMs) * 1_000;
        return new RedisStore(settings, { ...context, nowUs });
      },
    });
    test.onTestFinished(() => rateSync.close());
    await rateSync.check();
    for (const id of ['window', 'bucket']) {
      const limiter = rateSync.limiters.get(id);
      const take = () => limiter.consume('ada');
      for (let unit = 0; unit < 6; unit += 1) expect(await take()).toMatchObject({ allowed: true });
      aheadMs = jumpMs;
      let passed = 0;
      for (let attempt = 0; attempt < 20; attempt += 1) {
        const decision = await take();
        expect(decision.degraded).toBe(false);
        expect(decision.remaining).toBeGreaterThanOrEqual(0);
        expect(decision.remaining).toBeLessThanOrEqual(10);
        // The wait of a denial is within the window, or within the time that fills the bucket.
        expect(decision.retryAfterMs).toBeLessThanOrEqual(100_000);
        passed += decision.allowed ? 1 : 0;
      }
      // An hour ahead everything has expired. An hour back at most the four that were left remain:
      // a bucket takes the used part for up to twice as large then.
      expect(passed).toBeLessThanOrEqual(jumpMs > 0 ? 10 : 4);
      expect(passed).toBeGreaterThan(jumpMs > 0 ? 9 : 0);
      for (const key of (await server.command('KEYS', '*')) as readonly string[]) {
        expect(await server.command('PTTL', key)).toBeLessThanOrEqual(200_000);
      }
      aheadMs = 0;
      const back = await take();
      expect(back.degraded).toBe(false);
      expect(back.remaining).toBeLessThanOrEqual(10);
      expect(back.retryAfterMs).toBeLessThanOrEqual(200_000);
    }
  });
});

async function untilSo(look: () => boolean): Promise<void> {
  while (!look()) await sleep(20);
}
