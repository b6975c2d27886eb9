import { describe, expect, it } from 'vitest';
import { bucket, windowOf } from '../../../test/properties/counter.js';
import { aLimiter, RemoteStore, settled, slots, stateOf } from '../../../test/support/limiters.js';
import type { LimiterPolicy } from '../../core/policy.js';
import { MemoryStore } from '../../stores/memory/memory-store.js';
import type { AcquireOptions, Lease, Limiter } from '../limiter.js';

/** A limiter over a remote store. */
function aRemoteLimiter(policy: LimiterPolicy) {
  let remote: RemoteStore | undefined;
  const under = aLimiter(policy, {
    store: (clock) => (remote = new RemoteStore(new MemoryStore({ id: 'main', clock }))),
  });
  return { ...under, store: remote! };
}

/** Acquires and delivers the reply of the store. */
async function acquired(limiter: Limiter, store: RemoteStore): Promise<Lease> {
  const { turn } = await inFlight(limiter);
  await store.deliverAll();
  return turn;
}

/** Starts an acquire; resolves once its request is in flight. */
async function inFlight(limiter: Limiter, options?: AcquireOptions) {
  const turn = limiter.acquire('x', options);
  turn.catch(() => undefined);
  await settled();
  return { turn };
}

/** Starts an acquire; resolves once it is in the queue. */
async function queued(limiter: Limiter, store: RemoteStore, options?: AcquireOptions) {
  const { turn } = await inFlight(limiter, options);
  await store.deliverAll();
  return { turn };
}

describe('waiting for a slot of a remote store', () => {
  it('serves waiting calls in the order of their arrival', async () => {
    const { limiter, store } = aRemoteLimiter(slots(1));
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

  it('serves waiting calls in their order, although replies are delayed', async () => {
    const { limiter, store } = aRemoteLimiter(slots(1));
    const holder = await acquired(limiter, store);
    const { turn: first } = await inFlight(limiter);
    void holder.release();
    const { turn: second } = await inFlight(limiter);
    await store.deliverAll();
    expect(await stateOf(first)).toMatchObject({ limiterId: 'api' });
    expect(await stateOf(second)).toBe('pending');
  });

  it.each([
    ['comes together with', 0],
    ['overtakes', 1],
  ])('notices a release whose reply %s that of an attempt', async (_, firstReply) => {
    const { limiter, store } = aRemoteLimiter(slots(1));
    const holder = await acquired(limiter, store);
    const { turn: waiter } = await inFlight(limiter);
    void holder.release();
    await settled();
    if (firstReply > 0) await store.deliver(firstReply);
    await store.deliverAll();
    expect(await stateOf(waiter)).toMatchObject({ limiterId: 'api' });
  });

  it('releases a slot that is granted to a call after its signal aborted', async () => {
    const { limiter, store, clock } = aRemoteLimiter(slots(1));
    const holder = await acquired(limiter, store);
    const controller = new AbortController();
    const { turn } = await queued(limiter, store, { signal: controller.signal });
    const { turn: next } = await queued(limiter, store);
    void holder.release();
    await settled();
    await store.deliver();
    expect(store.inFlight).toBe(1); // the attempt of the first waiting call, which succeeds
    controller.abort(new Error('gone'));
    expect(await stateOf(turn)).toMatchObject({ message: 'gone' });
    await store.deliverAll();
    const lease = await next;
    void lease.release();
    await settled();
    await store.deliverAll();
    expect(clock.pendingTimers).toBe(0);
  });

  it('releases a slot that is granted to a call after its timeout', async () => {
    const { limiter, store, clock } = aRemoteLimiter(slots(1));
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

  it('releases a slot that the first reply grants to an aborted call', async () => {
    const { limiter, store, clock } = aRemoteLimiter(slots(1));
    const controller = new AbortController();
    const { turn } = await inFlight(limiter, { signal: controller.signal });
    controller.abort(new Error('gone'));
    await store.deliverAll();
    expect(await stateOf(turn)).toMatchObject({ message: 'gone' });
    const { turn: next } = await queued(limiter, store);
    expect(await stateOf(next)).toMatchObject({ limiterId: 'api' });
    expect(clock.pendingTimers).toBe(1); // the renewed lease
  });

  it('rejects a call whose signal aborts while its first reply is in flight', async () => {
    const { limiter, store } = aRemoteLimiter(slots(1));
    await acquired(limiter, store);
    const controller = new AbortController();
    const { turn } = await inFlight(limiter, { signal: controller.signal });
    controller.abort(new Error('gone'));
    await store.deliverAll();
    expect(await stateOf(turn)).toMatchObject({ message: 'gone' });
  });

  it('serves a waiting call when the slot of a timed-out call is released', async () => {
    const { limiter, store, clock } = aRemoteLimiter(slots(1));
    const late = limiter.tryAcquire('x');
    await clock.advanceAndSettle(100);
    const { turn } = await inFlight(limiter);
    await store.deliver(1);
    await clock.advanceAndSettle(150);
    expect(await late).toMatchObject({ degraded: true });
    await store.deliverAll();
    expect(await stateOf(turn)).toMatchObject({ degraded: false });
  });

  it('continues when the first waiting call leaves during its attempt', async () => {
    const { limiter, store, clock } = aRemoteLimiter(slots(1));
    const holder = await acquired(limiter, store);
    const { turn: first } = await inFlight(limiter, { timeoutMs: 100 });
    await store.deliver();
    clock.advance(100); // its second attempt is in flight
    const { turn: second } = await queued(limiter, store);
    void holder.release();
    await settled();
    await store.deliverAll();
    expect(await stateOf(first)).toMatchObject({ code: 'RATE_SYNC_ACQUIRE_TIMEOUT' });
    expect(await stateOf(second)).toMatchObject({ limiterId: 'api' });
  });

  it('renews a lease while it is held, although replies are delayed', async () => {
    const { limiter, store, clock } = aRemoteLimiter(slots(1, 3_000));
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

describe('waiting for units of a remote store', () => {
  it.each([
    ['a token bucket', bucket(1, 1)],
    ['a sliding window', windowOf(1, 1_000)],
  ])(
    'releases the reservation of a call that is aborted before its reply: %s',
    async (_, policy) => {
      const { limiter, store, clock } = aRemoteLimiter(policy);
      await acquired(limiter, store);
      const controller = new AbortController();
      const { turn } = await inFlight(limiter, { signal: controller.signal });
      controller.abort(new Error('gone'));
      await store.deliverAll();
      expect(await stateOf(turn)).toMatchObject({ message: 'gone' });
      const { turn: next } = await inFlight(limiter);
      await store.deliverAll();
      await clock.advanceAndSettle(1_000);
      expect(await stateOf(next)).toMatchObject({ waitedMs: 1_000 });
      expect(clock.pendingTimers).toBe(0);
    },
  );
});

const ALL_SORTS: readonly (readonly [string, LimiterPolicy])[] = [
  ['slots', slots(1)],
  ['a token bucket', bucket(1, 1)],
  ['a sliding window', windowOf(1, 1_000)],
  ['units and slots', { ...bucket(1, 1), concurrency: { maxConcurrent: 1, leaseMs: 30_000 } }],
];

describe.each(ALL_SORTS)('D9: an acquire whose store is silent: %s', (_, policy) => {
  it('is decided by the failure mode within its timeout and 50 ms', async () => {
    const { limiter, store, clock } = aRemoteLimiter(policy);
    const { turn } = await inFlight(limiter, { timeoutMs: 20 });
    await clock.advanceAndSettle(19);
    expect(await stateOf(turn)).toBe('pending');
    await clock.advanceAndSettle(51);
    expect(await stateOf(turn)).toMatchObject({ degraded: true });
    await store.deliverAll();
    expect(await acquired(limiter, store)).toMatchObject({ degraded: false, waitedMs: 0 });
  });

  it('rejects at the moment of an abort, and releases a later grant', async () => {
    const { limiter, store, clock } = aRemoteLimiter(policy);
    const controller = new AbortController();
    const { turn } = await inFlight(limiter, { signal: controller.signal });
    controller.abort(new Error('gone'));
    expect(await stateOf(turn)).toMatchObject({ message: 'gone' });
    await store.deliverAll();
    expect(await acquired(limiter, store)).toMatchObject({ degraded: false, waitedMs: 0 });
    expect(clock.pendingTimers).toBeLessThanOrEqual(1); // a renewed lease
  });

  it('still succeeds when the reply arrives in the last moment', async () => {
    const { limiter, store, clock } = aRemoteLimiter(policy);
    const { turn } = await inFlight(limiter, { timeoutMs: 20 });
    await clock.advanceAndSettle(20);
    await store.deliver();
    expect(await stateOf(turn)).toMatchObject({ degraded: false });
  });
});
