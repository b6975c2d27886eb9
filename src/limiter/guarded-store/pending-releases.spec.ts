import { describe, expect, it } from 'vitest';
import { bucket } from '../../../test/properties/counter.js';
import { aRateSync, settled, slots } from '../../../test/support/limiters.js';
import type { Grant } from '../../core/store.js';
import { MemoryStore } from '../../stores/memory/memory-store.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { PendingReleases, type ReleaseTarget } from './pending-releases.js';

const LEASE_MS = 60_000;

/** A target that works or fails, and its recorded calls. */
class Target implements ReleaseTarget {
  isUp = false;
  readonly calls: (readonly Grant[])[] = [];

  async releaseOnce(grants: readonly Grant[]): Promise<void> {
    this.calls.push(grants);
    await Promise.resolve();
    if (!this.isUp) throw new Error('down');
  }

  get leases(): readonly (string | null)[] {
    return this.calls.flat().map(({ leaseId }) => leaseId);
  }
}

function grant(leaseId: string | null, policy = slots(1, LEASE_MS), cost = 0): Grant {
  return { limiterId: 'l', identifier: 'a', policy, cost, reservation: null, leaseId };
}

function pendingReleases() {
  const clock = new FakeClock(1_000_000);
  return { clock, releases: new PendingReleases(clock), target: new Target() };
}

describe('D8: a slot whose release failed', () => {
  it('is released again until it succeeds', async () => {
    const { clock, releases, target } = pendingReleases();
    const released: string[] = [];
    releases.add(target, [grant('x')], ({ identifier }) => released.push(identifier));
    await clock.advanceAndSettle(5_000);
    expect(target.calls.length).toBeGreaterThan(2);
    expect(released).toEqual([]);
    target.isUp = true;
    await clock.advanceAndSettle(5_000);
    expect(released).toEqual(['a']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not retried after its lease has ended', async () => {
    const { clock, releases, target } = pendingReleases();
    releases.add(target, [grant('x')]);
    await clock.advanceAndSettle(LEASE_MS + 5_000);
    const attempts = target.calls.length;
    expect(releases.size).toBe(0);
    expect(attempts).toBeLessThan(40);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is released without its units, and units alone are never retried', async () => {
    const { clock, releases, target } = pendingReleases();
    target.isUp = true;
    const both = { ...bucket(1, 5), concurrency: { maxConcurrent: 1, leaseMs: LEASE_MS } };
    releases.add(target, [grant('x', both, 3), grant(null, bucket(1, 5), 3)]);
    await clock.advanceAndSettle(1_000);
    expect(target.calls).toEqual([[grant('x', both, 0)]]);
  });

  it('shares one timer with others, and is released with at most 64 in one call', async () => {
    const { clock, releases, target } = pendingReleases();
    for (let number = 0; number < 200; number++) releases.add(target, [grant(String(number))]);
    expect(clock.pendingTimers).toBe(1);
    target.isUp = true;
    await clock.advanceAndSettle(1_000);
    expect(new Set(target.leases).size).toBe(200);
    expect(Math.max(...target.calls.map(({ length }) => length))).toBeLessThanOrEqual(64);
    expect(releases.size).toBe(0);
  });

  it('is one of at most 10,000', () => {
    const { releases, target } = pendingReleases();
    for (let number = 0; number < 10_010; number++) releases.add(target, [grant(String(number))]);
    expect(releases.size).toBe(10_000);
  });

  it('is retried once at shutdown, and then dropped', async () => {
    const { clock, releases, target } = pendingReleases();
    releases.add(target, [grant('x'), grant('y')]);
    await releases.close();
    expect(target.leases).toEqual(['x', 'y']);
    releases.add(target, [grant('z')]);
    expect(clock.pendingTimers).toBe(0);
  });
});

/** A memory store whose releases fail on demand. */
class Interrupted extends MemoryStore {
  isInterrupted = false;

  override release(returns: readonly Grant[]): void {
    if (this.isInterrupted) throw new Error('connection reset');
    super.release(returns);
  }
}

const slotLimiter = { store: 'main', maxConcurrent: 1, leaseSeconds: 3_600 };

describe('D8: a lease whose release is interrupted', () => {
  it('resolves, and its slot passes to the first waiting call', async () => {
    let store: Interrupted | undefined;
    const { rateSync, clock } = await aRateSync(
      { stores: { main: { strategy: 'memory' } }, limiters: { api: slotLimiter } },
      {
        openStore: (_, context) => (store = new Interrupted({ id: 'main', clock: context.clock })),
      },
    );
    const limiter = rateSync.limiters.get('api');
    const lease = await limiter.acquire('x');
    store!.isInterrupted = true;
    await lease.release();
    const waiter = limiter.acquire('x', { timeoutMs: 60_000 });
    await settled();
    expect(await limiter.tryAcquire('x')).toBeNull();
    store!.isInterrupted = false;
    await clock.advanceAndSettle(10_000);
    await (await waiter).release();
    expect(clock.pendingTimers).toBe(0);
    await rateSync.close();
  });
});
