import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bucket } from '../../test/properties/counter.js';
import {
  aLimiter,
  RemoteStore,
  expectAllowed,
  settled,
  slots,
  stateOf,
  type LimiterOptions,
} from '../../test/support/limiters.js';
import type { LimiterPolicy } from '../core/policy.js';
import { MemoryStore } from '../stores/memory/memory-store.js';
import { FakeClock } from '../testing/fake-clock.js';
import { TestStore } from '../testing/test-store.js';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => {
  unhandled.push(reason);
};

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await settled();
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

/** A limiter over a store that the test controls. */
function controlled(policy: LimiterPolicy, surroundings: LimiterOptions = {}) {
  const store = new TestStore();
  const settings = { id: 'main', strategy: 'memory', maxKeys: 1_000 } as const;
  const under = aLimiter(policy, {
    ...surroundings,
    store: (clock) =>
      store.openStore(settings, {
        clock,
        onOverflow: () => undefined,
        onCircuit: () => undefined,
      }),
  });
  return { ...under, store };
}

describe('a limiter whose store fails', () => {
  it('allows when it fails open, as degraded', async () => {
    const { limiter, store } = controlled(bucket(5, 5));
    store.fail();
    const open = {
      limiterId: 'api',
      allowed: true,
      limit: 5,
      remaining: 0,
      retryAfterMs: 0,
      resetAfterMs: 0,
      reason: 'fail_open',
      degraded: true,
    };
    expect(await limiter.consume('a', { cost: 9 })).toEqual(open);
    expect(await limiter.peek('a')).toEqual(open);
    expect(await limiter.tryAcquire('a')).toMatchObject({ degraded: true, waitedMs: 0 });
    expect(await limiter.acquire('a')).toMatchObject({ degraded: true, waitedMs: 0 });
    expect(await limiter.run('a', () => 'done')).toBe('done');
  });

  it('denies when it fails closed, as degraded', async () => {
    const { limiter, store } = controlled(bucket(5, 5), { failureMode: 'fail_closed' });
    store.fail('oom');
    const closed = { allowed: false, reason: 'fail_closed', degraded: true, retryAfterMs: 1_000 };
    expect(await limiter.consume('a')).toMatchObject(closed);
    expect(await limiter.peek('a')).toMatchObject(closed);
    expect(await limiter.tryAcquire('a')).toBeNull();
    const failure = { code: 'RATE_SYNC_STORE_UNAVAILABLE', storeId: 'main', kind: 'oom' };
    await expect(limiter.acquire('a')).rejects.toMatchObject(failure);
    await expect(limiter.run('a', () => 'done')).rejects.toMatchObject(failure);
  });

  it('rejects refund and reset', async () => {
    const { limiter, store } = controlled(bucket(5, 5));
    store.fail();
    const failure = { code: 'RATE_SYNC_STORE_UNAVAILABLE', kind: 'connection' };
    await expect(limiter.refund('a')).rejects.toMatchObject(failure);
    await expect(limiter.reset('a')).rejects.toMatchObject(failure);
  });

  it('continues with the previous counts when the store is back', async () => {
    const { limiter, store } = controlled(bucket(5, 5));
    await limiter.consume('a', { cost: 3 });
    store.fail();
    await limiter.consume('a');
    store.enforce();
    expect(expectAllowed(await limiter.consume('a')).remaining).toBe(1);
  });

  it('can release a held lease and a degraded one', async () => {
    const { limiter, store, clock } = controlled(slots(1));
    const held = await limiter.acquire('a');
    store.fail();
    const degraded = await limiter.acquire('a');
    expect([held.degraded, degraded.degraded]).toEqual([false, true]);
    await expect(Promise.all([held.release(), degraded.release()])).resolves.toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps a lease when two renewals in a row fail', async () => {
    const { limiter, store, clock } = controlled(slots(1, 3_000));
    await limiter.acquire('a');
    store.fail();
    await clock.advanceAndSettle(1_600);
    store.enforce();
    await clock.advanceAndSettle(60_000);
    expect(await limiter.tryAcquire('a')).toBeNull();
  });

  it.each([
    ['open', 'fail_open', { degraded: true }],
    ['closed', 'fail_closed', { code: 'RATE_SYNC_STORE_UNAVAILABLE' }],
  ] as const)('decides a waiting call when it fails %s', async (_, failureMode, state) => {
    const { limiter, store } = controlled(slots(1), { failureMode });
    const held = await limiter.acquire('a');
    const waiter = limiter.acquire('a');
    waiter.catch(() => undefined);
    await settled();
    store.fail();
    await held.release();
    void limiter.reset('a').catch(() => undefined);
    store.enforce();
    await limiter.reset('a');
    expect(await stateOf(waiter)).toMatchObject({ limiterId: 'api', degraded: false });
    store.fail();
    expect(await stateOf(limiter.acquire('a'))).toMatchObject(state);
  });
});

describe('a limiter whose store does not respond', () => {
  it.each([
    ['the timeout of the store', null, 250],
    ['its own timeout', 100, 100],
    ['the timeout of the store when that is smaller', 60_000, 250],
  ])('decides by its failure mode after %s', async (_, timeoutMs, boundMs) => {
    for (const failureMode of ['fail_open', 'fail_closed'] as const) {
      const { limiter, store, clock } = controlled(bucket(5, 5), { failureMode, timeoutMs });
      store.hang();
      const decision = limiter.consume('a');
      await clock.advanceAndSettle(boundMs - 1);
      expect(await stateOf(decision)).toBe('pending');
      await clock.advanceAndSettle(1);
      expect(await stateOf(decision)).toMatchObject({ reason: failureMode, degraded: true });
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('applies the timeout of each call', async () => {
    const { limiter, store, clock } = controlled(bucket(5, 5));
    store.hang();
    const decisions = [];
    for (let call = 0; call < 10; call++) {
      decisions.push(limiter.consume('a'));
      await clock.advanceAndSettle(50);
    }
    const states = await Promise.all(decisions.map(stateOf));
    expect(states.filter((state) => state === 'pending')).toHaveLength(4);
    await clock.advanceAndSettle(250);
    expect(await Promise.all(decisions.map(stateOf))).not.toContain('pending');
    expect(clock.pendingTimers).toBe(0);
  });

  it('bounds refund, reset and release, too', async () => {
    const { limiter, store, clock } = controlled({
      ...bucket(5, 5),
      concurrency: { maxConcurrent: 1, leaseMs: 60_000 },
    });
    const lease = await limiter.acquire('a');
    store.hang();
    const calls = [limiter.refund('a'), limiter.reset('a')];
    for (const call of calls) call.catch(() => undefined);
    const released = lease.release();
    await clock.advanceAndSettle(250);
    for (const call of calls) expect(await stateOf(call)).toMatchObject({ kind: 'timeout' });
    expect(await stateOf(released)).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });

  it('ignores a late reply and releases its grant', async () => {
    const policy = { ...bucket(5, 5), concurrency: { maxConcurrent: 1, leaseMs: 60_000 } };
    const memory = new MemoryStore({ id: 'main', clock: new FakeClock(1_000_000) });
    const store = new RemoteStore(memory);
    const { limiter, clock } = aLimiter(policy, { store: () => store });
    const lease = limiter.tryAcquire('a', { cost: 3 });
    await clock.advanceAndSettle(250);
    expect(await lease).toMatchObject({ degraded: true });
    await store.deliverAll();
    expect(await lease).toMatchObject({ degraded: true });
    const peek = limiter.peek('a');
    await store.deliverAll();
    expect(await peek).toMatchObject({ allowed: true, limit: 5, remaining: 5 });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a limiter over a store that breaks its contract', () => {
  const broken: readonly (readonly [string, () => unknown])[] = [
    [
      'throws',
      () => {
        throw new TypeError('a bug with 10.0.0.1 in it');
      },
    ],
    ['rejects with a foreign error', () => Promise.reject(new TypeError('a bug with 10.0.0.1'))],
    ['returns nothing', () => undefined],
    ['returns too few verdicts', () => []],
    ['resolves to too few verdicts', () => Promise.resolve([])],
  ];

  it.each(broken)('decides by its failure mode when the store %s', async (_, decide) => {
    const { limiter } = aLimiter(bucket(5, 5), {
      failureMode: 'fail_closed',
      store: (clock) =>
        Object.assign(new MemoryStore({ id: 'main', clock }), { decide: decide as () => [] }),
    });
    let decision: Promise<unknown> | undefined;
    expect(() => {
      decision = limiter.consume('a');
    }).not.toThrow();
    expect(await decision).toMatchObject({ reason: 'fail_closed', degraded: true });
    const state = await stateOf(limiter.acquire('a'));
    expect(state).toMatchObject({ code: 'RATE_SYNC_STORE_UNAVAILABLE' });
    expect(String(state)).not.toContain('10.0.0.1');
  });
});
