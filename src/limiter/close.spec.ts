import { describe, expect, it } from 'vitest';
import { aRateSync, DistantStore, settled, stateOf } from '../../test/support/limiters.js';
import type { Grant } from '../core/store.js';
import type { OpenStore } from '../runtime/open-store.js';
import { MemoryStore } from '../stores/memory/memory-store.js';

const stores = { main: { strategy: 'memory' } } as const;
const limiters = {
  units: { ratePerSecond: 1, burst: 1 },
  moments: { algorithm: 'sliding_window', limit: 1, windowSeconds: 1 },
  slots: { maxConcurrent: 1 },
} as const;

describe('closing', () => {
  it.each(['units', 'moments', 'slots'])(
    'sends those away who wait for their turn: %s',
    async (limiterId) => {
      const { rateSync, clock } = await aRateSync({ stores, limiters });
      const limiter = rateSync.getLimiter(limiterId);
      await limiter.acquire('x');
      const waiters = [limiter.acquire('x'), limiter.acquire('x')];
      for (const waiter of waiters) waiter.catch(() => undefined);
      await settled();
      await rateSync.close();
      for (const waiter of waiters) {
        expect(await stateOf(waiter)).toMatchObject({ code: 'RATE_SYNC_CLOSED' });
      }
      expect(clock.pendingTimers).toBe(0);
    },
  );

  it('leaves no timers of leases that are held', async () => {
    const { rateSync, clock } = await aRateSync({ stores, limiters });
    const lease = await rateSync.getLimiter('slots').acquire('x');
    expect(clock.pendingTimers).toBe(1);
    await rateSync.close();
    expect(clock.pendingTimers).toBe(0);
    await lease.release();
    expect(clock.pendingTimers).toBe(0);
  });

  it('sends one away who asked in the same turn of the event loop', async () => {
    const { rateSync, clock } = await aRateSync({ stores, limiters });
    const limiter = rateSync.getLimiter('slots');
    await limiter.acquire('x');
    const waiter = limiter.acquire('x');
    waiter.catch(() => undefined);
    await rateSync.close();
    expect(await stateOf(waiter)).toMatchObject({ code: 'RATE_SYNC_CLOSED' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('sends one away whose first answer is still under way', async () => {
    let store: DistantStore | undefined;
    const { rateSync, clock } = await aRateSync(
      { stores, limiters },
      {
        openStore: ({ id }, context) =>
          (store = new DistantStore(new MemoryStore({ id, clock: context.clock }))),
      },
    );
    const limiter = rateSync.getLimiter('slots');
    const holder = limiter.acquire('x');
    await store!.deliverAll();
    await holder;
    const waiter = limiter.acquire('x');
    waiter.catch(() => undefined);
    await settled();
    await rateSync.close();
    await store!.deliverAll();
    expect(await stateOf(waiter)).toMatchObject({ code: 'RATE_SYNC_CLOSED' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('hands back what was reserved for those whom it sends away before it closes their store', async () => {
    const calls: string[] = [];
    class RecordedStore extends MemoryStore {
      override release(returns: readonly Grant[]): void {
        calls.push(`give back ${String(returns.length)}`);
        super.release(returns);
      }
      override close(): void {
        calls.push('close');
        super.close();
      }
    }
    const openStore: OpenStore = ({ id }, { clock }) => new RecordedStore({ id, clock });
    const { rateSync } = await aRateSync({ stores, limiters }, { openStore });
    const limiter = rateSync.getLimiter('units');
    await limiter.acquire('x');
    limiter.acquire('x').catch(() => undefined);
    await settled();
    await rateSync.close();
    await settled();
    expect(calls).toEqual(['give back 1', 'close']);
  });

  it('can be repeated', async () => {
    const { rateSync } = await aRateSync({ stores, limiters });
    await rateSync.close();
    await expect(rateSync.close()).resolves.toBeUndefined();
  });

  it('lets nobody wait who comes afterwards', async () => {
    const { rateSync, clock } = await aRateSync({ stores, limiters });
    const limiter = rateSync.getLimiter('slots');
    await rateSync.close();
    const turns = [limiter.acquire('x'), limiter.acquire('x')];
    for (const turn of turns) turn.catch(() => undefined);
    expect(await Promise.all(turns.map(stateOf))).not.toContain('pending');
    expect(clock.pendingTimers).toBe(0);
  });
});
