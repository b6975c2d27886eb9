import { describe, expect, it } from 'vitest';
import { bucket, windowOf } from '../../../test/properties/counter.js';
import { aLimiter, DistantStore, settled, slots, stateOf } from '../../../test/support/limiters.js';
import type { LimiterPolicy } from '../../core/policy.js';
import { MemoryStore } from '../../stores/memory/memory-store.js';
import type { AcquireOptions, Lease, Limiter } from '../limiter.js';

/** A limiter whose store is at the end of a wire. */
function aDistantLimiter(policy: LimiterPolicy) {
  let distant: DistantStore | undefined;
  const under = aLimiter(policy, {
    store: (clock) => (distant = new DistantStore(new MemoryStore({ id: 'main', clock }))),
  });
  return { ...under, store: distant! };
}

/** Acquires, and lets the store answer. */
async function acquired(limiter: Limiter, store: DistantStore): Promise<Lease> {
  const { turn } = await asked(limiter);
  await store.deliverAll();
  return turn;
}

/** Starts to acquire; the question is under way by its end. */
async function asked(limiter: Limiter, options?: AcquireOptions) {
  const turn = limiter.acquire('x', options);
  turn.catch(() => undefined);
  await settled();
  return { turn };
}

/** Starts to acquire; the caller is in the queue by its end. */
async function queued(limiter: Limiter, store: DistantStore, options?: AcquireOptions) {
  const { turn } = await asked(limiter, options);
  await store.deliverAll();
  return { turn };
}

describe('waiting for a slot in a distant store', () => {
  it('serves first who came first', async () => {
    const { limiter, store } = aDistantLimiter(slots(1));
    const holder = await acquired(limiter, store);
    const order: string[] = [];
    const waiters = [];
    for (const name of ['a', 'b', 'c']) {
      const { turn } = await queued(limiter, store);
      waiters.push(turn.then((lease) => (order.push(name), lease)));
    }
    for (const lease of [holder, ...waiters]) {
      void (await lease).release();
      await settled();
      await store.deliverAll();
    }
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('serves first who asked first, although answers take their time', async () => {
    const { limiter, store } = aDistantLimiter(slots(1));
    const holder = await acquired(limiter, store);
    const { turn: first } = await asked(limiter);
    void holder.release();
    const { turn: second } = await asked(limiter);
    await store.deliverAll();
    expect(await stateOf(first)).toMatchObject({ limiterId: 'api' });
    expect(await stateOf(second)).toBe('pending');
  });

  it.each([
    ['comes together with', 0],
    ['overtakes', 1],
  ])('notices a release whose answer %s that of an attempt', async (_, firstAnswer) => {
    const { limiter, store } = aDistantLimiter(slots(1));
    const holder = await acquired(limiter, store);
    const { turn: waiter } = await asked(limiter);
    void holder.release();
    await settled();
    if (firstAnswer > 0) await store.deliver(firstAnswer);
    await store.deliverAll();
    expect(await stateOf(waiter)).toMatchObject({ limiterId: 'api' });
  });

  it('hands back a slot that comes for one who has left by its signal', async () => {
    const { limiter, store, clock } = aDistantLimiter(slots(1));
    const holder = await acquired(limiter, store);
    const controller = new AbortController();
    const { turn } = await queued(limiter, store, { signal: controller.signal });
    const { turn: next } = await queued(limiter, store);
    void holder.release();
    await settled();
    await store.deliver();
    expect(store.underWay).toBe(1); // the attempt of the first who waits, which succeeds
    controller.abort(new Error('gone'));
    expect(await stateOf(turn)).toMatchObject({ message: 'gone' });
    await store.deliverAll();
    const lease = await next;
    void lease.release();
    await settled();
    await store.deliverAll();
    expect(clock.pendingTimers).toBe(0);
  });

  it('hands back a slot that comes for one whose time was up', async () => {
    const { limiter, store, clock } = aDistantLimiter(slots(1));
    const holder = await acquired(limiter, store);
    const { turn } = await queued(limiter, store, { timeoutMs: 100 });
    void holder.release();
    await settled();
    await store.deliver();
    clock.advance(100);
    expect(await stateOf(turn)).toMatchObject({ code: 'RATE_SYNC_ACQUIRE_TIMEOUT' });
    await store.deliverAll();
    const { turn: next } = await queued(limiter, store);
    expect(await stateOf(next)).toMatchObject({ waitedMs: 0 });
  });

  it('hands back a slot that the first answer brings for one who was aborted', async () => {
    const { limiter, store, clock } = aDistantLimiter(slots(1));
    const controller = new AbortController();
    const { turn } = await asked(limiter, { signal: controller.signal });
    controller.abort(new Error('gone'));
    await store.deliverAll();
    expect(await stateOf(turn)).toMatchObject({ message: 'gone' });
    const { turn: next } = await queued(limiter, store);
    expect(await stateOf(next)).toMatchObject({ limiterId: 'api' });
    expect(clock.pendingTimers).toBe(1); // the lease that is renewed
  });

  it('sends one away whose signal is aborted while the first answer is under way', async () => {
    const { limiter, store } = aDistantLimiter(slots(1));
    await acquired(limiter, store);
    const controller = new AbortController();
    const { turn } = await asked(limiter, { signal: controller.signal });
    controller.abort(new Error('gone'));
    await store.deliverAll();
    expect(await stateOf(turn)).toMatchObject({ message: 'gone' });
  });

  it('serves who waits when a slot comes back whose taker was answered without it', async () => {
    const { limiter, store, clock } = aDistantLimiter(slots(1));
    const late = limiter.tryAcquire('x');
    await clock.advanceAndSettle(100);
    const { turn } = await asked(limiter);
    await store.deliver(1);
    await clock.advanceAndSettle(150);
    expect(await late).toMatchObject({ degraded: true });
    await store.deliverAll();
    expect(await stateOf(turn)).toMatchObject({ degraded: false });
  });

  it('moves on when the first who waits leaves during its attempt', async () => {
    const { limiter, store, clock } = aDistantLimiter(slots(1));
    const holder = await acquired(limiter, store);
    const { turn: first } = await asked(limiter, { timeoutMs: 100 });
    await store.deliver();
    clock.advance(100); // its second attempt is under way
    const { turn: second } = await queued(limiter, store);
    void holder.release();
    await settled();
    await store.deliverAll();
    expect(await stateOf(first)).toMatchObject({ code: 'RATE_SYNC_ACQUIRE_TIMEOUT' });
    expect(await stateOf(second)).toMatchObject({ limiterId: 'api' });
  });

  it('renews a lease as long as it is held, although answers take their time', async () => {
    const { limiter, store, clock } = aDistantLimiter(slots(1, 3_000));
    const lease = await acquired(limiter, store);
    for (let second = 0; second < 10; second++) {
      clock.advance(1_000);
      await store.deliverAll();
    }
    const other = limiter.tryAcquire('x');
    await store.deliverAll();
    expect(await other).toBeNull();
    void lease.release();
    await settled();
    await store.deliverAll();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('waiting for units in a distant store', () => {
  it.each([
    ['a token bucket', bucket(1, 1)],
    ['a sliding window', windowOf(1, 1_000)],
  ])('hands back the moment of one who is aborted before it is known: %s', async (_, policy) => {
    const { limiter, store, clock } = aDistantLimiter(policy);
    await acquired(limiter, store);
    const controller = new AbortController();
    const { turn } = await asked(limiter, { signal: controller.signal });
    controller.abort(new Error('gone'));
    await store.deliverAll();
    expect(await stateOf(turn)).toMatchObject({ message: 'gone' });
    const { turn: next } = await asked(limiter);
    await store.deliverAll();
    await clock.advanceAndSettle(1_000);
    expect(await stateOf(next)).toMatchObject({ waitedMs: 1_000 });
    expect(clock.pendingTimers).toBe(0);
  });
});

const ALL_SORTS: readonly (readonly [string, LimiterPolicy])[] = [
  ['slots', slots(1)],
  ['a token bucket', bucket(1, 1)],
  ['a sliding window', windowOf(1, 1_000)],
  ['units and slots', { ...bucket(1, 1), concurrency: { maxConcurrent: 1, leaseMs: 30_000 } }],
];

describe.each(ALL_SORTS)('D9: an acquire whose store is silent: %s', (_, policy) => {
  it('is answered by the failure mode within its time and 50 ms', async () => {
    const { limiter, store, clock } = aDistantLimiter(policy);
    const { turn } = await asked(limiter, { timeoutMs: 20 });
    await clock.advanceAndSettle(19);
    expect(await stateOf(turn)).toBe('pending');
    await clock.advanceAndSettle(51);
    expect(await stateOf(turn)).toMatchObject({ degraded: true });
    await store.deliverAll();
    expect(await acquired(limiter, store)).toMatchObject({ degraded: false, waitedMs: 0 });
  });

  it('rejects in the moment of an abort, and hands back what comes after that', async () => {
    const { limiter, store, clock } = aDistantLimiter(policy);
    const controller = new AbortController();
    const { turn } = await asked(limiter, { signal: controller.signal });
    controller.abort(new Error('gone'));
    expect(await stateOf(turn)).toMatchObject({ message: 'gone' });
    await store.deliverAll();
    expect(await acquired(limiter, store)).toMatchObject({ degraded: false, waitedMs: 0 });
    expect(clock.pendingTimers).toBeLessThanOrEqual(1); // a lease that is renewed
  });

  it('still gets its turn when the answer comes in its last moment', async () => {
    const { limiter, store, clock } = aDistantLimiter(policy);
    const { turn } = await asked(limiter, { timeoutMs: 20 });
    await clock.advanceAndSettle(20);
    await store.deliver();
    expect(await stateOf(turn)).toMatchObject({ degraded: false });
  });
});
