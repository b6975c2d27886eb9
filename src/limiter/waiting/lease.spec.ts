import { describe, expect, it, vi } from 'vitest';
import { aLimiter, settled, slots, stateOf } from '../../../test/support/limiters.js';
import { windowOf } from '../../../test/properties/counter.js';

describe('a lease', () => {
  it('frees its slot once, however often it is released', async () => {
    const { limiter } = aLimiter(slots(2));
    const first = await limiter.tryAcquire('x');
    await limiter.tryAcquire('x');
    await Promise.all([first?.release(), first?.release()]);
    await first?.release();
    expect(await limiter.peek('x')).toMatchObject({ remaining: 1 });
    await limiter.tryAcquire('x');
    await first?.release();
    expect(await limiter.tryAcquire('x')).toBeNull();
  });

  it('frees its slot before any later call', async () => {
    const { limiter } = aLimiter(slots(1));
    const lease = await limiter.tryAcquire('x');
    void lease?.release();
    expect(await limiter.tryAcquire('x')).not.toBeNull();
  });

  it('keeps its slot as long as it is held', async () => {
    const { limiter, clock } = aLimiter(slots(1, 5_000));
    const lease = await limiter.acquire('x');
    for (let minute = 0; minute < 60; minute++) {
      await clock.advanceAndSettle(60_000);
      expect(await limiter.tryAcquire('x')).toBeNull();
    }
    await lease.release();
    expect(await limiter.tryAcquire('x')).not.toBeNull();
  });

  it('ends after its lease time without a renewal, and not before', async () => {
    const { limiter, clock, die } = aLimiter(slots(1, 5_000));
    const lease = await limiter.acquire('x');
    die();
    clock.advance(4_999);
    expect(await limiter.tryAcquire('x')).toBeNull();
    clock.advance(1);
    const next = await limiter.tryAcquire('x');
    expect(next).not.toBeNull();
    await lease.release();
    expect(await limiter.tryAcquire('x')).toBeNull();
  });

  it('is renewed in time, with many others, by one timer', async () => {
    const { limiter, clock } = aLimiter(slots(1_000, 900));
    const leases = [];
    for (let held = 0; held < 100; held++) {
      leases.push(await limiter.acquire('x'));
      await clock.advanceAndSettle(7);
    }
    expect(clock.pendingTimers).toBe(1);
    await clock.advanceAndSettle(60_000);
    expect(await limiter.peek('x')).toMatchObject({ remaining: 900 });
    for (const lease of leases) await lease.release();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is no longer renewed after the identifier was reset', async () => {
    const { limiter, clock } = aLimiter(slots(1, 900));
    await limiter.acquire('x');
    await limiter.reset('x');
    await clock.advanceAndSettle(300);
    expect(clock.pendingTimers).toBe(0);
    expect(await limiter.peek('x')).toMatchObject({ remaining: 1 });
  });

  it('keeps its slot while its holder waits for units', async () => {
    const concurrency = { maxConcurrent: 1, leaseMs: 300 };
    const { limiter, clock } = aLimiter({ ...windowOf(1, 10_000), concurrency });
    await (await limiter.acquire('x')).release();
    const waiting = limiter.acquire('x');
    await clock.advanceAndSettle(9_999);
    expect(await limiter.peek('x')).toMatchObject({ limit: 1, remaining: 0 });
    await clock.advanceAndSettle(1);
    await (await waiting).release();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('tryAcquire', () => {
  it('returns a lease, or null when denied, which takes nothing', async () => {
    const concurrency = { maxConcurrent: 1, leaseMs: 60_000 };
    const { limiter } = aLimiter({ ...windowOf(3, 1_000), concurrency });
    const lease = await limiter.tryAcquire('x');
    expect(lease).toMatchObject({ limiterId: 'api', waitedMs: 0, degraded: false });
    expect(await limiter.tryAcquire('x')).toBeNull();
    await lease?.release();
    expect(await limiter.tryAcquire('x', { cost: 3 })).toBeNull();
    expect(await limiter.peek('x')).toMatchObject({ limit: 3, remaining: 2 });
    expect(await limiter.tryAcquire('x', { cost: 2 })).not.toBeNull();
  });
});

describe('run', () => {
  it('holds a slot while the function runs, and returns its value', async () => {
    const { limiter, clock } = aLimiter(slots(1));
    const during = await limiter.run('x', () => limiter.tryAcquire('x'));
    expect(during).toBeNull();
    expect(await limiter.peek('x')).toMatchObject({ remaining: 1 });
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('releases when the function %s', async (_, fail) => {
    const { limiter } = aLimiter(slots(1));
    await expect(limiter.run('x', fail)).rejects.toThrow('broken');
    expect(await limiter.peek('x')).toMatchObject({ remaining: 1 });
  });

  it('does not call the function when the acquire times out', async () => {
    const { limiter } = aLimiter(windowOf(1, 1_000));
    const fn = vi.fn();
    await limiter.consume('x');
    await expect(limiter.run('x', fn, { timeoutMs: 10 })).rejects.toMatchObject({
      code: 'RATE_SYNC_ACQUIRE_TIMEOUT',
    });
    await expect(limiter.run('x', fn, { cost: 2 })).rejects.toMatchObject({
      code: 'RATE_SYNC_COST_EXCEEDS_LIMIT',
    });
    expect(fn).not.toHaveBeenCalled();
  });

  it('never runs more functions at once than there are slots', async () => {
    const { limiter, clock } = aLimiter(slots(5));
    let running = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await settled();
      running -= 1;
    };
    await Promise.all(Array.from({ length: 100 }, () => limiter.run('x', work)));
    expect(most).toBe(5);
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits for a permit', async () => {
    const { limiter, clock } = aLimiter(windowOf(1, 1_000));
    const runs = [1, 2].map((value) => limiter.run('x', () => value));
    await clock.advanceAndSettle(999);
    expect(await stateOf(runs[1]!)).toBe('pending');
    await clock.advanceAndSettle(1);
    expect(await Promise.all(runs)).toEqual([1, 2]);
  });
});
