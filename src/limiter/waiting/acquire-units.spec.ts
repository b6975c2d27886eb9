import { describe, expect, it } from 'vitest';
import { aLimiter, expectDenied, settled, stateOf } from '../../../test/support/limiters.js';
import { bucket, windowOf } from '../../../test/properties/counter.js';
import type { FakeClock } from '../../testing/fake-clock.js';
import type { Lease } from '../limiter.js';

const policies = [
  ['a token bucket', bucket(1, 1)],
  ['a sliding window', windowOf(1, 1_000)],
] as const;

/** Records which call gets a permit, and when. */
function turns(clock: FakeClock) {
  const startMs = clock.nowMs();
  const came: (readonly [string, number])[] = [];
  const note = (name: string, turn: Promise<Lease>): void => {
    void turn.then(() => came.push([name, clock.nowMs() - startMs]));
  };
  return { came, note };
}

describe.each(policies)('waiting for units of %s', (_, policy) => {
  it('serves waiting calls in the order of their arrival, each at its moment', async () => {
    const { limiter, clock } = aLimiter(policy);
    const { came, note } = turns(clock);
    for (const name of ['a', 'b', 'c', 'd']) note(name, limiter.acquire('x'));
    await clock.advanceAndSettle(2_999);
    expect(came).toEqual([
      ['a', 0],
      ['b', 1_000],
      ['c', 2_000],
    ]);
    await clock.advanceAndSettle(1);
    expect(came.at(-1)).toEqual(['d', 3_000]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('reports how long the call waited', async () => {
    const { limiter, clock } = aLimiter(policy);
    const [first, second] = [limiter.acquire('x'), limiter.acquire('x')];
    await clock.advanceAndSettle(1_000);
    expect(await first).toMatchObject({ limiterId: 'api', waitedMs: 0, degraded: false });
    expect(await second).toMatchObject({ limiterId: 'api', waitedMs: 1_000, degraded: false });
  });

  it('never lets a call overtake waiting calls', async () => {
    const { limiter, clock } = aLimiter(policy);
    await limiter.acquire('x');
    void limiter.acquire('x');
    await clock.advanceAndSettle(999);
    expect(expectDenied(await limiter.consume('x')).retryAfterMs).toBe(1_001);
    expect(await limiter.tryAcquire('x')).toBeNull();
  });

  it('rejects at once when the wait would exceed the timeout', async () => {
    const { limiter, clock } = aLimiter(policy);
    await limiter.acquire('x');
    await expect(limiter.acquire('x', { timeoutMs: 999 })).rejects.toMatchObject({
      code: 'RATE_SYNC_ACQUIRE_TIMEOUT',
      limiterId: 'api',
      timeoutMs: 999,
      retryAfterMs: 1_000,
    });
    await expect(limiter.acquire('x', { timeoutMs: 0 })).rejects.toThrow(
      'acquire timed out after 0 ms',
    );
    expect(clock.pendingTimers).toBe(0);
    const patient = limiter.acquire('x', { timeoutMs: 1_000 });
    await clock.advanceAndSettle(1_000);
    expect(await patient).toMatchObject({ waitedMs: 1_000 });
  });

  it('waits at most 30 seconds, or the timeout of the limiter or the call', async () => {
    for (const [timeoutMs, options, turnsInTime] of [
      [null, {}, 31],
      [2_000, {}, 3],
      [2_000, { timeoutMs: 5_000 }, 6],
      [2_000, { timeoutMs: Infinity }, 100],
    ] as const) {
      const { limiter, clock } = aLimiter(policy, { timeoutMs });
      const calls = Array.from({ length: 100 }, () => limiter.acquire('x', options));
      const outcomes = Promise.allSettled(calls);
      await clock.advanceAndSettle(100_000);
      const passed = (await outcomes).filter(({ status }) => status === 'fulfilled');
      expect(passed).toHaveLength(turnsInTime);
    }
  });

  it('releases its reservation when aborted, for the next call', async () => {
    const { limiter, clock } = aLimiter(policy);
    await limiter.acquire('x');
    const controller = new AbortController();
    const aborted = limiter.acquire('x', { signal: controller.signal });
    await clock.advanceAndSettle(500);
    const reason = new Error('not needed any more');
    controller.abort(reason);
    expect(await stateOf(aborted)).toBe(reason);
    expect(clock.pendingTimers).toBe(0);
    const next = limiter.acquire('x', { timeoutMs: 500 });
    await clock.advanceAndSettle(500);
    expect(await next).toMatchObject({ waitedMs: 500 });
  });

  it('keeps the other reservations when one in the middle is aborted', async () => {
    const { limiter, clock } = aLimiter(policy);
    const { came, note } = turns(clock);
    const controller = new AbortController();
    note('a', limiter.acquire('x'));
    const aborted = limiter.acquire('x', { signal: controller.signal });
    note('c', limiter.acquire('x'));
    await settled();
    controller.abort();
    expect(await stateOf(aborted)).toMatchObject({ name: 'AbortError' });
    note('d', limiter.acquire('x'));
    await clock.advanceAndSettle(10_000);
    const moments = Object.fromEntries(came);
    expect(moments).toMatchObject({ a: 0, c: 2_000 });
    // The algorithm may reuse moment 1000, but never grants it twice.
    expect([1_000, 3_000]).toContain(moments['d']);
  });

  it('takes nothing when the signal was aborted before', async () => {
    const { limiter } = aLimiter(policy);
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(limiter.acquire('x', { signal })).rejects.toThrow('too late');
    expect(await limiter.peek('x')).toMatchObject({ remaining: 1 });
  });

  it('releases a permit when the signal aborts at the moment of its grant', async () => {
    const { limiter } = aLimiter(policy);
    const controller = new AbortController();
    const turn = limiter.acquire('x', { signal: controller.signal });
    controller.abort(new Error('changed my mind'));
    await expect(turn).rejects.toThrow('changed my mind');
    expect(await limiter.peek('x')).toMatchObject({ remaining: 1, resetAfterMs: 0 });
  });

  it('keeps a permit when the signal aborts after its grant', async () => {
    const { limiter } = aLimiter(policy);
    const controller = new AbortController();
    await limiter.acquire('x', { signal: controller.signal });
    controller.abort();
    expect(await limiter.peek('x')).toMatchObject({ remaining: 0 });
  });

  it('takes its cost', async () => {
    const { limiter, clock } = aLimiter(
      policy.algorithm === 'token_bucket' ? bucket(4, 4) : windowOf(4, 1_000),
    );
    const { came, note } = turns(clock);
    [3, 4, 1, 0].forEach((cost, index) => {
      note(String(index), limiter.acquire('x', { cost }));
    });
    await clock.advanceAndSettle(10_000);
    expect(came.map(([name]) => name)).toEqual(['0', '1', '2', '3']);
    expect(came[1]![1]).toBeGreaterThanOrEqual(750);
    expect(clock.pendingTimers).toBe(0);
  });

  it('holds no slot', async () => {
    const { limiter } = aLimiter(policy);
    const lease = await limiter.acquire('x');
    await lease.release();
    expectDenied(await limiter.consume('x'));
  });

  it('serves 1,000 waiting calls in their order', async () => {
    const { limiter, clock } = aLimiter(
      policy.algorithm === 'token_bucket' ? bucket(1, 1_000) : windowOf(10, 10),
    );
    const { came, note } = turns(clock);
    const order = Array.from({ length: 1_000 }, (__, index) => String(index));
    for (const name of order) note(name, limiter.acquire('x'));
    await clock.advanceAndSettle(1_000);
    expect(came.map(([name]) => name)).toEqual(order);
    const moments = came.map(([, momentMs]) => momentMs);
    expect(moments.filter((momentMs) => momentMs < 500).length).toBeLessThanOrEqual(500);
  });
});
