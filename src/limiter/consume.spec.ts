import { describe, expect, it } from 'vitest';
import {
  aLimiter,
  aRateSync,
  expectAllowed,
  expectDenied,
  slots,
} from '../../test/support/limiters.js';
import { bucket, windowOf } from '../../test/properties/counter.js';

describe('consume', () => {
  it('allows again exactly after retryAfterMs', async () => {
    const { limiter, clock } = aLimiter(windowOf(1, 1_000));
    await limiter.consume('a');
    const { retryAfterMs } = expectDenied(await limiter.consume('a'));
    clock.advance(retryAfterMs - 1);
    expectDenied(await limiter.consume('a'));
    clock.advance(1);
    expectAllowed(await limiter.consume('a'));
  });

  it('returns every field of a decision, and no other', async () => {
    const { limiter } = aLimiter(bucket(2, 1), { id: 'login' });
    expect(await limiter.consume('a')).toEqual({
      limiterId: 'login',
      allowed: true,
      limit: 2,
      remaining: 1,
      retryAfterMs: 0,
      resetAfterMs: 1_000,
      reason: 'within_limit',
      degraded: false,
    });
    expect(await limiter.consume('a', { cost: 2 })).toEqual({
      limiterId: 'login',
      allowed: false,
      limit: 2,
      remaining: 1,
      retryAfterMs: 1_000,
      resetAfterMs: 1_000,
      reason: 'over_limit',
      degraded: false,
    });
  });

  it.each([
    ['a token bucket', bucket(5, 1)],
    ['a sliding window', windowOf(5, 5_000)],
  ])('allows exactly 5 of 1,000 parallel calls: %s', async (_, policy) => {
    const { limiter } = aLimiter(policy);
    const decisions = await Promise.all(Array.from({ length: 1_000 }, () => limiter.consume('a')));
    expect(decisions.filter((decision) => decision.allowed)).toHaveLength(5);
  });

  it('takes one unit by default, or as many as the cost', async () => {
    const { limiter } = aLimiter(windowOf(10, 1_000));
    expect(await limiter.consume('a')).toMatchObject({ remaining: 9 });
    expect(await limiter.consume('a', {})).toMatchObject({ remaining: 8 });
    expect(await limiter.consume('a', { cost: 5 })).toMatchObject({ remaining: 3 });
    expect(await limiter.consume('a', { cost: 0 })).toMatchObject({ remaining: 3, allowed: true });
  });

  it.each([11, 1e9, Number.MAX_SAFE_INTEGER])(
    'always denies a cost of %d above the limit, and takes nothing',
    async (cost) => {
      const { limiter } = aLimiter(windowOf(10, 1_000));
      expect(expectDenied(await limiter.consume('a', { cost })).retryAfterMs).toBe(Infinity);
      expect(await limiter.peek('a')).toMatchObject({ remaining: 10, resetAfterMs: 0 });
    },
  );

  it('counts calls without an identifier, or with an empty one, together', async () => {
    const { limiter } = aLimiter(windowOf(3, 1_000));
    expectAllowed(await limiter.consume());
    expectAllowed(await limiter.consume(undefined));
    expectAllowed(await limiter.consume(''));
    expectDenied(await limiter.consume());
    expectAllowed(await limiter.consume('a'));
  });

  it('counts identifiers of any length separately', async () => {
    const { limiter } = aLimiter(windowOf(1, 1_000));
    const long = 'x'.repeat(1_000_000);
    expectAllowed(await limiter.consume(long));
    expectAllowed(await limiter.consume(`${long}x`));
    expectDenied(await limiter.consume(long));
  });
});

describe('peek', () => {
  it('returns whether one unit would pass and the units left, and takes nothing', async () => {
    const { limiter } = aLimiter(windowOf(2, 1_000));
    await limiter.consume('a');
    for (let i = 0; i < 5; i++) {
      expect(expectAllowed(await limiter.peek('a'))).toMatchObject({ remaining: 1 });
    }
    await limiter.consume('a');
    expect(expectDenied(await limiter.peek('a'))).toMatchObject({
      remaining: 0,
      retryAfterMs: 1_000,
    });
    expectAllowed(await limiter.peek());
  });

  it('considers units and slots', async () => {
    const concurrency = { maxConcurrent: 1, leaseMs: 5_000 };
    const { limiter } = aLimiter({ ...windowOf(2, 1_000), concurrency });
    const lease = await limiter.tryAcquire('a');
    expect(expectDenied(await limiter.peek('a'))).toMatchObject({ limit: 1, remaining: 0 });
    await lease?.release();
    expect(expectAllowed(await limiter.peek('a'))).toMatchObject({ limit: 2, remaining: 1 });
  });

  it('works for a limiter of slots only, where consume rejects', async () => {
    const { limiter } = aLimiter(slots(2));
    await limiter.tryAcquire('a');
    expect(expectAllowed(await limiter.peek('a'))).toMatchObject({ limit: 2, remaining: 1 });
    await expect(limiter.consume('a')).rejects.toMatchObject({ code: 'RATE_SYNC_LEASE_REQUIRED' });
    await expect(limiter.refund('a')).rejects.toMatchObject({ code: 'RATE_SYNC_LEASE_REQUIRED' });
  });
});

describe('refund', () => {
  it.each([
    ['a token bucket', bucket(5, 1)],
    ['a sliding window', windowOf(5, 5_000)],
  ])('returns units, at most what was taken: %s', async (_, policy) => {
    const { limiter } = aLimiter(policy);
    await limiter.consume('a', { cost: 4 });
    await limiter.refund('a');
    expect(await limiter.peek('a')).toMatchObject({ remaining: 2 });
    await limiter.refund('a', 1e9);
    expect(await limiter.peek('a')).toMatchObject({ remaining: 5, resetAfterMs: 0 });
    await limiter.consume('a', { cost: 5 });
    expectDenied(await limiter.consume('a'));
  });

  it('returns units to the shared bucket without an identifier', async () => {
    const { limiter } = aLimiter(windowOf(1, 1_000));
    await limiter.consume();
    await limiter.refund();
    expectAllowed(await limiter.consume());
  });

  it('returns nothing for a cost of 0', async () => {
    const { limiter } = aLimiter(windowOf(1, 1_000));
    await limiter.consume('a');
    await limiter.refund('a', 0);
    expectDenied(await limiter.consume('a'));
  });
});

describe('reset', () => {
  it('deletes the state of one identifier, including slots, and of no other', async () => {
    const concurrency = { maxConcurrent: 1, leaseMs: 5_000 };
    const { limiter } = aLimiter({ ...windowOf(1, 1_000), concurrency });
    await limiter.tryAcquire('a');
    await limiter.tryAcquire('b');
    await limiter.reset('a');
    expect(await limiter.tryAcquire('a')).not.toBeNull();
    expect(await limiter.tryAcquire('b')).toBeNull();
  });

  it('deletes the shared bucket without an identifier', async () => {
    const { limiter } = aLimiter(windowOf(1, 1_000));
    await limiter.consume();
    await limiter.reset();
    expectAllowed(await limiter.consume());
  });
});

describe('a limiter whose rule changes', () => {
  it('decides by the new rule and keeps the counts', async () => {
    const { limiter } = aLimiter(windowOf(5, 1_000));
    await limiter.consume('a', { cost: 3 });
    limiter.adopt({ policy: windowOf(2, 1_000), failureMode: 'fail_open', timeoutMs: null });
    expect(expectDenied(await limiter.consume('a'))).toMatchObject({ limit: 2, remaining: 0 });
    limiter.adopt({ policy: windowOf(6, 1_000), failureMode: 'fail_open', timeoutMs: null });
    expect(await limiter.consume('a')).toMatchObject({ limit: 6, remaining: 2 });
  });
});

describe('getLimiter', () => {
  it('returns limiters by their id, and suggests the nearest for an unknown one', async () => {
    const { rateSync } = await aRateSync({
      stores: { main: { strategy: 'memory' } },
      limiters: {
        public: { ratePerSecond: 2 },
        login: { algorithm: 'sliding_window', limit: 1, windowSeconds: 1 },
      },
    });
    expect(rateSync.limiters.get('public').policy).toEqual(bucket(2, 2));
    expect(rateSync.limiters.get('login').id).toBe('login');
    expect(() => rateSync.limiters.get('publik')).toThrow('Did you mean "public"?');
  });
});
