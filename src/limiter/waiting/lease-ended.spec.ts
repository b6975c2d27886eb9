import { describe, expect, it } from 'vitest';
import { aLimiter, aRateSync, RemoteStore, slots } from '../../../test/support/limiters.js';
import { windowOf } from '../../../test/properties/counter.js';
import { isLeaseEndedError } from '../../core/errors/index.js';
import { MemoryStore } from '../../stores/memory/memory-store.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { TestStore } from '../../testing/test-store.js';

describe('D10: a lease that ends while its holder is running', () => {
  it('aborts its signal when it was not renewed for its whole time, and not before', async () => {
    const { limiter, clock, die } = aLimiter(slots(1, 5_000));
    const lease = await limiter.acquire('x');
    const { signal } = lease;
    die();
    clock.advance(4_999);
    expect([lease.isHeld, signal.aborted]).toEqual([true, false]);
    clock.advance(1);
    expect(lease.isHeld).toBe(false);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toSatisfy(isLeaseEndedError);
  });

  it('aborts its signal at the next renewal after the store lost it', async () => {
    const { limiter, clock } = aLimiter(slots(1, 4_000));
    const lease = await limiter.acquire('x');
    const { signal } = lease;
    await limiter.reset('x');
    await clock.advanceAndSettle(999);
    expect(lease.isHeld).toBe(true);
    await clock.advanceAndSettle(1);
    expect([lease.isHeld, signal.aborted]).toEqual([false, true]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('aborts its signal by its own timer while the store does not reply', async () => {
    const store = new TestStore();
    const { rateSync, clock } = await aRateSync(
      {
        stores: { main: { strategy: 'memory' } },
        limiters: { api: { maxConcurrent: 1, leaseSeconds: 4 } },
      },
      { openStore: store.openStore },
    );
    const lease = await rateSync.limiters.get('api').acquire('x');
    const { signal } = lease;
    await clock.advanceAndSettle(1_000);
    store.fail();
    await clock.advanceAndSettle(3_999);
    expect(signal.aborted).toBe(false); // renewed after a second
    await clock.advanceAndSettle(1);
    expect(signal.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
    store.enforce();
    await lease.release();
    expect(await rateSync.limiters.get('api').tryAcquire('x')).not.toBeNull();
  });

  it('aborts a signal that is read after its end', async () => {
    const { limiter, clock, die } = aLimiter(slots(1, 5_000));
    const lease = await limiter.acquire('x');
    die();
    clock.advance(5_000);
    expect(lease.signal.aborted).toBe(true);
  });

  it('begins when its request was sent, not at the reply', async () => {
    const clock = new FakeClock(1_000_000);
    const remote = new RemoteStore(new MemoryStore({ id: 'main', clock }));
    const { limiter, die } = aLimiter(slots(1, 500), { clock, store: () => remote });
    const turn = limiter.acquire('x');
    clock.advance(200);
    await remote.deliverAll();
    const lease = await turn;
    die();
    clock.advance(299);
    expect(lease.isHeld).toBe(true);
    clock.advance(1);
    expect(lease.isHeld).toBe(false);
  });

  it('does not abort its signal when it is released', async () => {
    const { limiter, clock } = aLimiter(slots(1, 5_000));
    const lease = await limiter.acquire('x');
    const { signal } = lease;
    await lease.release();
    clock.advance(60_000);
    expect([lease.isHeld, signal.aborted]).toEqual([false, false]);
  });

  it.each([
    ['of a limiter without slots', windowOf(5, 1_000)],
    ['of slots, while it is renewed', slots(1, 900)],
  ])('is not one %s', async (_, policy) => {
    const { limiter, clock } = aLimiter(policy);
    const lease = await limiter.acquire('x');
    const { signal } = lease;
    await clock.advanceAndSettle(60_000);
    expect([lease.isHeld, signal.aborted]).toEqual([true, false]);
    await lease.release();
    expect(lease.isHeld).toBe(false);
  });
});
