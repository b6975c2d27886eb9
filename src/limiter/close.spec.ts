import { describe, expect, it } from 'vitest';
import { aRateSync, RemoteStore, settled, stateOf } from '../../test/support/limiters.js';
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
  it.each(['units', 'moments', 'slots'])('rejects waiting calls: %s', async (limiterId) => {
    const { rateSync, clock } = await aRateSync({ stores, limiters });
    const limiter = rateSync.limiters.get(limiterId);
    await limiter.acquire('x');
    const waiters = [limiter.acquire('x'), limiter.acquire('x')];
    for (const waiter of waiters) waiter.catch(() => undefined);
    await settled();
    await rateSync.close();
    for (const waiter of waiters) {
      expect(await stateOf(waiter)).toMatchObject({ code: 'RATE_SYNC_CLOSED' });
    }
    expect(clock.pendingTimers).toBe(0);
  });

  it('cancels the timers of held leases', async () => {
    const { rateSync, clock } = await aRateSync({ stores, limiters });
    const lease = await rateSync.limiters.get('slots').acquire('x');
    expect(clock.pendingTimers).toBe(1);
    await rateSync.close();
    expect(clock.pendingTimers).toBe(0);
    await lease.release();
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects an acquire of the same turn of the event loop', async () => {
    const { rateSync, clock } = await aRateSync({ stores, limiters });
    const limiter = rateSync.limiters.get('slots');
    await limiter.acquire('x');
    const waiter = limiter.acquire('x');
    waiter.catch(() => undefined);
    await rateSync.close();
    expect(await stateOf(waiter)).toMatchObject({ code: 'RATE_SYNC_CLOSED' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects an acquire whose first reply is still in flight', async () => {
    let store: RemoteStore | undefined;
    const { rateSync, clock } = await aRateSync(
      { stores, limiters },
      {
        openStore: ({ id }, context) =>
          (store = new RemoteStore(new MemoryStore({ id, clock: context.clock }))),
      },
    );
    const limiter = rateSync.limiters.get('slots');
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

  it('releases the reservations of rejected calls before it closes their store', async () => {
    const calls: string[] = [];
    class RecordedStore extends MemoryStore {
      override release(returns: readonly Grant[]): void {
        calls.push(`release ${String(returns.length)}`);
        super.release(returns);
      }
      override close(): void {
        calls.push('close');
        super.close();
      }
    }
    const openStore: OpenStore = ({ id }, { clock }) => new RecordedStore({ id, clock });
    const { rateSync } = await aRateSync({ stores, limiters }, { openStore });
    const limiter = rateSync.limiters.get('units');
    await limiter.acquire('x');
    limiter.acquire('x').catch(() => undefined);
    await settled();
    await rateSync.close();
    await settled();
    expect(calls).toEqual(['release 1', 'close']);
  });

  it('can be repeated', async () => {
    const { rateSync } = await aRateSync({ stores, limiters });
    await rateSync.close();
    await expect(rateSync.close()).resolves.toBeUndefined();
  });

  it('rejects calls that start waiting afterwards', async () => {
    const { rateSync, clock } = await aRateSync({ stores, limiters });
    const limiter = rateSync.limiters.get('slots');
    await rateSync.close();
    const turns = [limiter.acquire('x'), limiter.acquire('x')];
    for (const turn of turns) turn.catch(() => undefined);
    expect(await Promise.all(turns.map(stateOf))).not.toContain('pending');
    expect(clock.pendingTimers).toBe(0);
  });
});
