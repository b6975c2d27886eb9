import { describe, expect, it } from 'vitest';
import type { StoreRequest, Verdict } from '../../core/store.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { DenyCache } from './deny-cache.js';

const policy = { algorithm: 'sliding_window', limit: 5, windowMs: 60_000 } as const;

function request(overrides: Partial<StoreRequest> = {}): StoreRequest {
  const defaults = { limiterId: 'login', identifier: 'a', cost: 1, maxWaitMs: 0, leaseId: null };
  return { ...defaults, policy, ...overrides };
}

function denied(overrides: Partial<Verdict> = {}): Verdict {
  return {
    allowed: false,
    denial: 'rate',
    limit: 5,
    remaining: 0,
    retryAfterMs: 400,
    resetAfterMs: 60_000,
    moreAfterMs: 400,
    waitMs: 0,
    reservation: 0,
    ...overrides,
  };
}

function aCache(longestMs = 1_000) {
  const clock = new FakeClock(5_000);
  const cache = new DenyCache(clock, longestMs);
  const note = (batch: readonly StoreRequest[], verdicts: readonly Verdict[]): void => {
    cache.note({ batch, mode: 'all' }, verdicts, { mark: cache.mark, atMs: clock.nowMs() });
  };
  return { clock, cache, note };
}

describe('a cached denial', () => {
  it('denies the same batch until its retryAfterMs has passed', () => {
    const { clock, cache, note } = aCache();
    note([request()], [denied()]);
    clock.advance(399);
    expect(cache.find([request()], 'all')).toEqual([
      denied({ retryAfterMs: 1, resetAfterMs: 59_601, moreAfterMs: 1 }),
    ]);
    clock.advance(1);
    expect(cache.find([request()], 'all')).toBeNull();
  });

  it('expires after the longest time of the cache', () => {
    const { clock, cache, note } = aCache(100);
    note([request()], [denied({ retryAfterMs: Number.POSITIVE_INFINITY })]);
    clock.advance(99);
    const [verdict] = cache.find([request()], 'all') ?? [];
    expect(verdict?.retryAfterMs).toBe(Number.POSITIVE_INFINITY);
    clock.advance(1);
    expect(cache.find([request()], 'all')).toBeNull();
  });

  it('D2: holds until its retryAfterMs has passed for a batch that cannot be sent', () => {
    const { clock, cache, note } = aCache(100);
    note([request()], [denied()]);
    clock.advance(399);
    expect(cache.find([request()], 'all')).toBeNull();
    expect(cache.findCertain([request()], 'all')).toEqual([
      denied({ retryAfterMs: 1, resetAfterMs: 59_601, moreAfterMs: 1 }),
    ]);
    clock.advance(1);
    expect(cache.findCertain([request()], 'all')).toBeNull();
  });

  it('D2: does not hold after a local reset or refund', () => {
    const { cache, note } = aCache(100);
    note([request()], [denied()]);
    cache.forget([request()]);
    expect(cache.findCertain([request()], 'all')).toBeNull();
  });

  it.each([
    ['another identifier', request({ identifier: 'b' })],
    ['another limiter', request({ limiterId: 'api' })],
    ['another cost', request({ cost: 2 })],
    ['a peek', request({ cost: 0 })],
    ['a request that may wait', request({ maxWaitMs: 1_000 })],
    ['a changed policy', request({ policy: { ...policy, limit: 6 } })],
    ['a request that takes a slot as well', request({ leaseId: 'x' })],
  ])('does not apply to %s', (_, other) => {
    const { cache, note } = aCache();
    note([request()], [denied()]);
    expect(cache.find([other], 'all')).toBeNull();
  });

  it('applies to several limits decided together, and not to one of them alone', () => {
    const { clock, cache, note } = aCache();
    const batch = [request(), request({ limiterId: 'api' })];
    const allowed = denied({ allowed: true, denial: null, remaining: 3, retryAfterMs: 0 });
    note(batch, [allowed, denied({ retryAfterMs: 200 })]);
    clock.advance(50);
    const [first, second] = cache.find(batch, 'all') ?? [];
    expect(first).toMatchObject({ allowed: true, remaining: 3, retryAfterMs: 0 });
    expect(second).toMatchObject({ allowed: false, retryAfterMs: 150 });
    expect(cache.find([request({ limiterId: 'api' })], 'all')).toBeNull();
    expect(cache.find([request()], 'all')).toBeNull();
  });

  it('holds as long as the longest of several denials in a batch', () => {
    const { clock, cache, note } = aCache();
    const batch = [request(), request({ limiterId: 'api' })];
    note(batch, [denied({ retryAfterMs: 100 }), denied({ retryAfterMs: 300 })]);
    clock.advance(250);
    expect(cache.find(batch, 'all')).toMatchObject([{ retryAfterMs: 1 }, { retryAfterMs: 50 }]);
  });

  it('ends when units are released', () => {
    const { cache, note } = aCache();
    note([request()], [denied()]);
    cache.forget([{ limiterId: 'login', identifier: 'a' }]);
    expect(cache.find([request()], 'all')).toBeNull();
  });
});

describe('the deny cache does not keep', () => {
  it.each([
    ['an allowed request', denied({ allowed: true, denial: null })],
    ['a denial for lack of a slot, which may be released at any time', denied({ denial: 'slot' })],
  ])('%s', (_, verdict) => {
    const { cache, note } = aCache();
    note([request()], [verdict]);
    expect(cache.find([request()], 'all')).toBeNull();
  });

  it('a denial that is older than a release of units', () => {
    const { clock, cache } = aCache();
    const when = { mark: cache.mark, atMs: clock.nowMs() };
    cache.forget([{ limiterId: 'login', identifier: 'a' }]);
    cache.note({ batch: [request()], mode: 'all' }, [denied()], when);
    expect(cache.find([request()], 'all')).toBeNull();
  });

  it('more than 10,000 denials: it evicts the oldest', () => {
    const { cache, note } = aCache();
    for (let index = 0; index <= 10_000; index++) {
      note([request({ identifier: String(index) })], [denied()]);
    }
    expect(cache.find([request({ identifier: '0' })], 'all')).toBeNull();
    expect(cache.find([request({ identifier: '1' })], 'all')).not.toBeNull();
    expect(cache.find([request({ identifier: '10000' })], 'all')).not.toBeNull();
  });
});
