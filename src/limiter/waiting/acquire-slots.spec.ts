import { describe, expect, it } from 'vitest';
import { aLimiter, settled, slots, stateOf } from '../../../test/support/limiters.js';
import { windowOf } from '../../../test/properties/counter.js';
import type { Lease, Limiter } from '../limiter.js';

/** Records waits in the order in which they end; `lease(name)` is the lease of one of them. */
function waiting(limiter: Limiter) {
  const order: string[] = [];
  const leases = new Map<string, Lease>();
  return {
    order,
    lease: (name: string): Lease => leases.get(name)!,
    enter: (name: string, options = {}): Promise<unknown> => {
      const entered = limiter.acquire('x', options).then((lease) => {
        order.push(name);
        leases.set(name, lease);
      });
      entered.catch(() => order.push(`${name} left`));
      return entered;
    },
  };
}

describe('waiting for a slot', () => {
  it('serves waiting calls in the order of their arrival', async () => {
    const { limiter, clock } = aLimiter(slots(2));
    const { order, enter, lease } = waiting(limiter);
    for (const name of ['a', 'b', 'c', 'd', 'e']) void enter(name);
    await settled();
    expect(order).toEqual(['a', 'b']);
    clock.advance(100);
    await lease('b').release();
    await settled();
    expect(order).toEqual(['a', 'b', 'c']);
    expect(lease('c').waitedMs).toBe(100);
    await Promise.all([lease('a').release(), lease('c').release()]);
    await settled();
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('separates identifiers', async () => {
    const { limiter } = aLimiter(slots(1));
    await limiter.acquire('x');
    expect(await stateOf(limiter.acquire('y'))).toMatchObject({ waitedMs: 0 });
    expect(await stateOf(limiter.acquire())).toMatchObject({ waitedMs: 0 });
    expect(await stateOf(limiter.acquire('x'))).toBe('pending');
  });

  it('never lets a later call overtake waiting calls when a slot is released', async () => {
    const { limiter } = aLimiter(slots(1));
    const { order, enter, lease } = waiting(limiter);
    void enter('a');
    await settled();
    void enter('b');
    await settled();
    const released = lease('a').release();
    const pushing = limiter.tryAcquire('x');
    void enter('c');
    await released;
    expect(await pushing).toBeNull();
    await settled();
    expect(order).toEqual(['a', 'b']);
  });

  it('never lets a later call overtake one of the same turn of the event loop', async () => {
    const { limiter } = aLimiter(slots(1));
    const holder = await limiter.acquire('x');
    const first = limiter.acquire('x');
    const released = holder.release();
    const pushing = limiter.tryAcquire('x');
    await released;
    expect(await stateOf(first)).toMatchObject({ limiterId: 'api' });
    expect(await pushing).toBeNull();
  });

  it('serves 1,000 waiting calls in their order', async () => {
    const { limiter, clock } = aLimiter(slots(50));
    const { order, enter, lease } = waiting(limiter);
    const names = Array.from({ length: 1_000 }, (_, index) => String(index));
    for (const name of names) void enter(name, { timeoutMs: 60_000 });
    await settled();
    for (const name of names) {
      await lease(name).release();
      await settled();
    }
    expect(order).toEqual(names);
    expect(clock.pendingTimers).toBe(0);
  });

  it('serves all waiting calls when a thousand slots are released at once', async () => {
    const many = 1_000;
    const { limiter, clock } = aLimiter(slots(many));
    for (let held = 0; held < many; held++) await limiter.tryAcquire('x');
    const waiters = Promise.allSettled(Array.from({ length: many }, () => limiter.acquire('x')));
    await settled();
    await limiter.reset('x');
    await clock.advanceAndSettle(31_000);
    const served = (await waiters).filter(({ status }) => status === 'fulfilled');
    expect(served).toHaveLength(many);
  });

  it('passes a slot whose lease has ended to the first waiting call', async () => {
    const { limiter, clock, die } = aLimiter(slots(1, 5_000));
    await limiter.acquire('x');
    die();
    const { order, enter } = waiting(limiter);
    void enter('b');
    void enter('c');
    await clock.advanceAndSettle(4_999);
    expect(order).toEqual([]);
    await clock.advanceAndSettle(1);
    expect(order).toEqual(['b']);
  });

  it('passes a slot that a reset frees to the first waiting call', async () => {
    const { limiter } = aLimiter(slots(1));
    await limiter.acquire('x');
    const waiter = limiter.acquire('x');
    await settled();
    await limiter.reset('x');
    expect(await stateOf(waiter)).toMatchObject({ limiterId: 'api' });
  });

  it('waits for units and a slot together', async () => {
    const concurrency = { maxConcurrent: 1, leaseMs: 60_000 };
    const { limiter, clock } = aLimiter({ ...windowOf(1, 1_000), concurrency });
    const holder = await limiter.acquire('x');
    const next = limiter.acquire('x');
    await clock.advanceAndSettle(300);
    expect(await stateOf(next)).toBe('pending');
    await holder.release();
    await clock.advanceAndSettle(699);
    expect(await stateOf(next)).toBe('pending');
    await clock.advanceAndSettle(1);
    expect(await next).toMatchObject({ waitedMs: 1_000 });
  });
});

describe('cancelling a wait for a slot', () => {
  it('ends at the timeout, and later calls move up', async () => {
    const { limiter, clock } = aLimiter(slots(1));
    const { order, enter, lease } = waiting(limiter);
    void enter('a');
    await settled();
    const impatient = enter('b', { timeoutMs: 1_000 });
    void enter('c');
    await clock.advanceAndSettle(999);
    expect(order).toEqual(['a']);
    await clock.advanceAndSettle(1);
    expect(await stateOf(impatient)).toMatchObject({
      code: 'RATE_SYNC_ACQUIRE_TIMEOUT',
      timeoutMs: 1_000,
    });
    await lease('a').release();
    await settled();
    expect(order).toEqual(['a', 'b left', 'c']);
  });

  it('ends at once with a timeout of 0', async () => {
    const { limiter, clock } = aLimiter(slots(1));
    await limiter.acquire('x');
    const state = await stateOf(limiter.acquire('x', { timeoutMs: 0 }));
    expect(state).toMatchObject({ code: 'RATE_SYNC_ACQUIRE_TIMEOUT' });
    expect(clock.pendingTimers).toBe(1); // the renewed lease
  });

  it('ends with the reason of the signal, and later calls move up', async () => {
    const { limiter, clock } = aLimiter(slots(1));
    const { order, enter, lease } = waiting(limiter);
    void enter('a');
    await settled();
    const controller = new AbortController();
    const aborted = enter('b', { signal: controller.signal });
    void enter('c');
    await settled();
    const reason = new Error('the client has gone');
    controller.abort(reason);
    expect(await stateOf(aborted)).toBe(reason);
    await lease('a').release();
    await settled();
    expect(order).toEqual(['a', 'b left', 'c']);
    await lease('c').release();
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends when the signal aborts in the same turn of the event loop', async () => {
    const { limiter } = aLimiter(slots(1));
    await limiter.acquire('x');
    const controller = new AbortController();
    const waiter = limiter.acquire('x', { signal: controller.signal });
    controller.abort(new Error('changed my mind'));
    expect(await stateOf(waiter)).toMatchObject({ message: 'changed my mind' });
  });

  it('releases a slot when the signal aborts at the moment of its grant', async () => {
    const { limiter, clock } = aLimiter(slots(1));
    const controller = new AbortController();
    const turn = limiter.acquire('x', { signal: controller.signal });
    controller.abort(new Error('changed my mind'));
    await expect(turn).rejects.toThrow('changed my mind');
    expect(await limiter.peek('x')).toMatchObject({ remaining: 1 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves no state when all calls are cancelled', async () => {
    const { limiter, clock } = aLimiter(slots(1));
    const { order, enter, lease } = waiting(limiter);
    void enter('a');
    await settled();
    for (const name of ['b', 'c', 'd']) void enter(name, { timeoutMs: 50 });
    await clock.advanceAndSettle(50);
    expect(order).toEqual(['a', 'b left', 'c left', 'd left']);
    await lease('a').release();
    expect(clock.pendingTimers).toBe(0);
    void enter('e');
    await settled();
    expect(order.at(-1)).toBe('e');
  });
});
