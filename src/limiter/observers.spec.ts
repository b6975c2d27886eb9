import { describe, expect, it, vi } from 'vitest';
import { bucket, windowOf } from '../../test/properties/counter.js';
import { aLimiter, aRateSync, expectAllowed, settled, slots } from '../../test/support/limiters.js';
import type { DecisionEvent, DecisionObserver, DegradedEvent } from '../core/events.js';
import { hashIdentifier } from '../identifiers/identifier.js';
import { TestStore } from '../testing/test-store.js';

/** An observer that records its events. */
function recorder() {
  const decisions: DecisionEvent[] = [];
  const failures: DegradedEvent[] = [];
  const observer: DecisionObserver = {
    onDecision: (event) => decisions.push(event),
    onDegraded: (event) => failures.push(event),
  };
  return { decisions, failures, observers: [observer] };
}

const config = {
  stores: { main: { strategy: 'memory' } },
  limiters: {
    ip: { algorithm: 'sliding_window', limit: 1, windowSeconds: 10 },
    api: { ratePerSecond: 5, burst: 5, failClosed: true },
  },
} as const;

describe('an observer', () => {
  it('is notified of every decided call once', async () => {
    const { decisions, observers } = recorder();
    const { limiter } = aLimiter(windowOf(1, 1_000), { observers });
    await limiter.consume('a');
    await limiter.consume('a');
    await limiter.tryAcquire('b');
    expect(decisions).toMatchObject([
      { allowed: true, endpoint: null, durationMs: 0, decisions: [{ remaining: 0 }] },
      { allowed: false, endpoint: null, decisions: [{ reason: 'over_limit' }] },
      { allowed: true, endpoint: null, decisions: [{ limiterId: 'api' }] },
    ]);
  });

  it('receives hashed identifiers only', async () => {
    const { decisions, observers } = recorder();
    const { limiter } = aLimiter(windowOf(1, 1_000), { observers });
    await limiter.consume('alice@example.com');
    await limiter.consume();
    expect(decisions[0]!.identifiers).toEqual([hashIdentifier('alice@example.com')]);
    expect(JSON.stringify(decisions)).not.toContain('alice');
    expect(decisions[1]!.identifiers).toHaveLength(1);
  });

  it('is notified of a composite and of a pipeline as one call', async () => {
    const { decisions, observers } = recorder();
    const { rateSync } = await aRateSync(config, { observers });
    const requests = [
      { limiter: 'ip', identifier: 'a' },
      { limiter: 'api', identifier: 'b' },
    ];
    await rateSync.limiters.consumeAll(requests);
    await rateSync.limiters.consumeAll(requests);
    await rateSync.limiters.consumeAll(requests, { strategy: 'any' });
    await rateSync.limiters.pipeline().consume('ip', 'a').consume('api', 'b').execute();
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, false, true, false]);
    for (const event of decisions) {
      expect(event.decisions.map(({ limiterId }) => limiterId)).toEqual(['ip', 'api']);
      expect(event.identifiers).toEqual([hashIdentifier('a'), hashIdentifier('b')]);
    }
  });

  it('is notified of an acquire once, however many requests it sent', async () => {
    const { decisions, observers } = recorder();
    const { limiter } = aLimiter(slots(1), { observers });
    const holder = await limiter.acquire('a');
    const waiter = limiter.acquire('a');
    await settled();
    await holder.release();
    await waiter;
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, true]);
  });

  it.each([
    ['units', windowOf(1, 1_000)],
    ['a slot', slots(1)],
  ])('is notified once of an acquire that timed out for %s', async (_, policy) => {
    const { decisions, observers } = recorder();
    const { limiter, clock } = aLimiter(policy, { observers });
    await limiter.acquire('a');
    const late = limiter.acquire('a', { timeoutMs: 500 });
    late.catch(() => undefined);
    await clock.advanceAndSettle(500);
    await expect(late).rejects.toMatchObject({ code: 'RATE_SYNC_ACQUIRE_TIMEOUT' });
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, false]);
  });

  it('is notified of failures with limiters, modes and reason', async () => {
    const { decisions, failures, observers } = recorder();
    const store = new TestStore();
    const { rateSync } = await aRateSync(config, { observers, openStore: store.openStore });
    store.fail('readonly');
    await rateSync.limiters.consumeAll([{ limiter: 'ip' }, { limiter: 'api' }]);
    await rateSync.limiters.get('ip').consume('a');
    expect(failures).toEqual([
      {
        storeId: 'main',
        limiterIds: ['ip', 'api'],
        modes: ['fail_open', 'fail_closed'],
        kind: 'readonly',
        failureCode: null,
      },
      {
        storeId: 'main',
        limiterIds: ['ip'],
        modes: ['fail_open'],
        kind: 'readonly',
        failureCode: null,
      },
    ]);
    expect(decisions.map(({ allowed }) => allowed)).toEqual([false, true]);
  });

  it('is notified when a store is full', async () => {
    const onOverflow = vi.fn();
    const stores = { main: { strategy: 'memory', maxKeys: 1 } } as const;
    const { rateSync } = await aRateSync({ ...config, stores }, { observers: [{ onOverflow }] });
    const limiter = rateSync.limiters.get('ip');
    for (const name of ['a', 'b', 'c']) await limiter.consume(name);
    expect(onOverflow.mock.calls).toEqual([[{ storeId: 'main', limiterId: 'ip', maxKeys: 1 }]]);
  });

  it('cannot fail a call by throwing, nor prevent the notification of others', async () => {
    const { decisions, observers } = recorder();
    const broken: DecisionObserver = {
      onDecision() {
        throw new Error('broken');
      },
    };
    const { limiter } = aLimiter(bucket(1, 1), { observers: [broken, {}, ...observers] });
    expectAllowed(await limiter.consume('a'));
    expect(await limiter.acquire('b')).toMatchObject({ limiterId: 'api' });
    expect(decisions).toHaveLength(2);
  });
});
