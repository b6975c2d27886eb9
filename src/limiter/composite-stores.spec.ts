import { describe, expect, it } from 'vitest';
import { aRateSync, RemoteStore, settled, stateOf } from '../../test/support/limiters.js';
import type { OpenStore } from '../runtime/open-store.js';
import type { RateSync } from '../runtime/rate-sync.js';
import { MemoryStore } from '../stores/memory/memory-store.js';
import { TestStore } from '../testing/test-store.js';

const config = {
  stores: { near: { strategy: 'memory' }, far: { strategy: 'memory' } },
  limiters: {
    open: { storeId: 'near', algorithm: 'sliding_window', limit: 3, windowSeconds: 10 },
    bucket: { storeId: 'near', ratePerSecond: 3, burst: 3 },
    slots: { storeId: 'near', maxConcurrent: 1 },
    other: { storeId: 'far', algorithm: 'sliding_window', limit: 2, windowSeconds: 60 },
    closed: { storeId: 'far', ratePerSecond: 4, burst: 4, failClosed: true },
  },
} as const;
const request = (limiter: string, cost = 1) => ({ limiter, identifier: 'a', cost });
const leftIn = async (rateSync: RateSync, ...limiterIds: readonly string[]) =>
  Promise.all(limiterIds.map(async (id) => (await rateSync.limiters.get(id).peek('a')).remaining));

describe('limits in two stores', () => {
  it('take from both when both allow', async () => {
    const { rateSync } = await aRateSync(config);
    const decision = await rateSync.limiters.consumeAll([
      request('open'),
      request('other'),
      request('bucket'),
    ]);
    expect(decision.decisions.map(({ limiterId, remaining }) => [limiterId, remaining])).toEqual([
      ['open', 2],
      ['other', 1],
      ['bucket', 2],
    ]);
    expect(decision.binding.limiterId).toBe('other');
    expect(await leftIn(rateSync, 'open', 'other', 'bucket')).toEqual([2, 1, 2]);
  });

  it.each([
    ['the second', request('other', 3), 'other'],
    ['the first', request('open', 4), 'open'],
  ])('release what was taken when %s denies', async (_, denying, deniedBy) => {
    const { rateSync } = await aRateSync(config);
    const requests = [request('open'), request('bucket', 2), request('other'), request('closed')];
    const batch = requests.map((each) => (each.limiter === denying.limiter ? denying : each));
    const decision = await rateSync.limiters.consumeAll(batch);
    expect(decision).toMatchObject({ allowed: false, deniedBy });
    expect(decision.decisions.map(({ remaining }) => remaining)).toEqual([3, 3, 2, 4]);
    expect(await leftIn(rateSync, 'open', 'bucket', 'other', 'closed')).toEqual([3, 3, 2, 4]);
  });

  it('release a slot and wake a call that waits for it', async () => {
    let far: RemoteStore | undefined;
    const openStore: OpenStore = ({ id }, { clock }) => {
      const memory = new MemoryStore({ id, clock });
      return id === 'near' ? memory : (far = new RemoteStore(memory));
    };
    const { rateSync } = await aRateSync(config, { openStore });
    const limiter = rateSync.limiters.get('slots');
    const requests = [
      { limiter: rateSync.limiters.find('slots').limiter, identifier: 'a', cost: 1 },
      { limiter: rateSync.limiters.find('other').limiter, identifier: 'a', cost: 3 },
    ];
    const admission = Promise.resolve(rateSync.limiters.admit(requests, () => 'GET /'));
    const waiter = limiter.acquire('a');
    await settled();
    expect(await stateOf(waiter)).toBe('pending');
    await far!.deliverAll();
    expect((await admission).decision).toMatchObject({ allowed: false, deniedBy: 'other' });
    expect((await admission).leases).toEqual([]);
    expect(await stateOf(waiter)).toMatchObject({ limiterId: 'slots' });
  });

  it('decide strategy any one after another', async () => {
    const { rateSync } = await aRateSync(config);
    await rateSync.limiters.get('other').consume('a', { cost: 2 });
    const requests = [request('other'), request('open'), request('closed')];
    const decision = await rateSync.limiters.consumeAll(requests, { strategy: 'any' });
    expect(decision).toMatchObject({ allowed: true, deniedBy: null });
    expect(decision.decisions).toMatchObject([
      { limiterId: 'other', allowed: false },
      { limiterId: 'open', allowed: true, remaining: 2 },
      { limiterId: 'closed', allowed: true, remaining: 4 },
    ]);
    expect(decision.binding.limiterId).toBe('open');
    expect(await leftIn(rateSync, 'open', 'closed')).toEqual([2, 4]);
  });
});

describe('limits in two stores of which one fails', () => {
  async function withBrokenStore(broken: 'near' | 'far') {
    const stores = { near: new TestStore(), far: new TestStore() };
    const openStore: OpenStore = (settings, context) =>
      stores[settings.id as 'near' | 'far'].openStore(settings, context);
    const under = await aRateSync(config, { openStore });
    stores[broken].fail();
    return { ...under, heal: () => stores[broken].enforce() };
  }

  it('pass when the failed one fails open and the other allows', async () => {
    const { rateSync } = await withBrokenStore('far');
    const decision = await rateSync.limiters.consumeAll([request('other'), request('open')]);
    expect(decision).toMatchObject({ allowed: true, deniedBy: null });
    expect(decision.decisions).toMatchObject([
      { limiterId: 'other', reason: 'fail_open', degraded: true, limit: 2 },
      { limiterId: 'open', reason: 'within_limit', degraded: false, remaining: 2 },
    ]);
    expect(decision.binding.limiterId).toBe('open');
    expect(await leftIn(rateSync, 'open')).toEqual([2]);
  });

  it('deny when the failed one fails closed, and release what the other took', async () => {
    const { rateSync, heal } = await withBrokenStore('far');
    const decision = await rateSync.limiters.consumeAll([
      request('open'),
      request('other'),
      request('closed'),
    ]);
    expect(decision).toMatchObject({ allowed: false, deniedBy: 'closed' });
    expect(decision.decisions.map(({ reason }) => reason)).toEqual([
      'within_limit',
      'fail_open',
      'fail_closed',
    ]);
    expect(decision.binding).toMatchObject({ degraded: true, retryAfterMs: 1_000 });
    heal();
    expect(await leftIn(rateSync, 'open', 'other', 'closed')).toEqual([3, 2, 4]);
  });

  it('name an exceeded limit before a store that failed', async () => {
    const { rateSync } = await withBrokenStore('far');
    const decision = await rateSync.limiters.consumeAll([request('closed'), request('open', 4)]);
    expect(decision).toMatchObject({
      allowed: false,
      deniedBy: 'open',
      binding: { degraded: false, reason: 'over_limit' },
    });
  });

  it('pass with strategy any when one passes', async () => {
    const { rateSync } = await withBrokenStore('far');
    const decision = await rateSync.limiters.consumeAll([request('closed'), request('open')], {
      strategy: 'any',
    });
    expect(decision).toMatchObject({ allowed: true, binding: { limiterId: 'open' } });
  });

  it('are decided one by one in a pipeline', async () => {
    const { rateSync } = await withBrokenStore('near');
    const decisions = await rateSync.limiters
      .pipeline()
      .consume('open', 'a')
      .consume('closed', 'a')
      .execute();
    expect(decisions.map(({ reason }) => reason)).toEqual(['fail_open', 'within_limit']);
  });
});
