import { describe, expect, it } from 'vitest';
import type { StoreRequest, Verdict } from '../../core/store.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { DenyCache } from './deny-cache.js';

const policy = { algorithm: 'sliding_window', limit: 5, windowMs: 60_000 } as const;

function ask(overrides: Partial<StoreRequest> = {}): StoreRequest {
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

describe('a denial that is remembered', () => {
  it('answers the same question until the moment that it promised', () => {
    const { clock, cache, note } = aCache();
    note([ask()], [denied()]);
    clock.advance(399);
    expect(cache.find([ask()], 'all')).toEqual([
      denied({ retryAfterMs: 1, resetAfterMs: 59_601, moreAfterMs: 1 }),
    ]);
    clock.advance(1);
    expect(cache.find([ask()], 'all')).toBeNull();
  });

  it('is forgotten after the longest time that is set', () => {
    const { clock, cache, note } = aCache(100);
    note([ask()], [denied({ retryAfterMs: Number.POSITIVE_INFINITY })]);
    clock.advance(99);
    const [verdict] = cache.find([ask()], 'all') ?? [];
    expect(verdict?.retryAfterMs).toBe(Number.POSITIVE_INFINITY);
    clock.advance(1);
    expect(cache.find([ask()], 'all')).toBeNull();
  });

  it('D2: is known for as long as the store said, for a batch that cannot be asked', () => {
    const { clock, cache, note } = aCache(100);
    note([ask()], [denied()]);
    clock.advance(399);
    expect(cache.find([ask()], 'all')).toBeNull();
    expect(cache.findCertain([ask()], 'all')).toEqual([
      denied({ retryAfterMs: 1, resetAfterMs: 59_601, moreAfterMs: 1 }),
    ]);
    clock.advance(1);
    expect(cache.findCertain([ask()], 'all')).toBeNull();
  });

  it('D2: is certain of nothing that was reset or refunded here', () => {
    const { cache, note } = aCache(100);
    note([ask()], [denied()]);
    cache.forget([ask()]);
    expect(cache.findCertain([ask()], 'all')).toBeNull();
  });

  it.each([
    ['another identifier', ask({ identifier: 'b' })],
    ['another limiter', ask({ limiterId: 'api' })],
    ['another cost', ask({ cost: 2 })],
    ['a look', ask({ cost: 0 })],
    ['a caller that waits', ask({ maxWaitMs: 1_000 })],
    ['a rule that changed', ask({ policy: { ...policy, limit: 6 } })],
    ['a caller that wants a slot as well', ask({ leaseId: 'x' })],
  ])('says nothing of %s', (_, other) => {
    const { cache, note } = aCache();
    note([ask()], [denied()]);
    expect(cache.find([other], 'all')).toBeNull();
  });

  it('answers several limits that were asked together, and not one of them alone', () => {
    const { clock, cache, note } = aCache();
    const batch = [ask(), ask({ limiterId: 'api' })];
    const allowed = denied({ allowed: true, denial: null, remaining: 3, retryAfterMs: 0 });
    note(batch, [allowed, denied({ retryAfterMs: 200 })]);
    clock.advance(50);
    const [first, second] = cache.find(batch, 'all') ?? [];
    expect(first).toMatchObject({ allowed: true, remaining: 3, retryAfterMs: 0 });
    expect(second).toMatchObject({ allowed: false, retryAfterMs: 150 });
    expect(cache.find([ask({ limiterId: 'api' })], 'all')).toBeNull();
    expect(cache.find([ask()], 'all')).toBeNull();
  });

  it('holds as long as the longest of several denials', () => {
    const { clock, cache, note } = aCache();
    const batch = [ask(), ask({ limiterId: 'api' })];
    note(batch, [denied({ retryAfterMs: 100 }), denied({ retryAfterMs: 300 })]);
    clock.advance(250);
    expect(cache.find(batch, 'all')).toMatchObject([{ retryAfterMs: 1 }, { retryAfterMs: 50 }]);
  });

  it('ends when units come back', () => {
    const { cache, note } = aCache();
    note([ask()], [denied()]);
    cache.forget([{ limiterId: 'login', identifier: 'a' }]);
    expect(cache.find([ask()], 'all')).toBeNull();
  });
});

describe('what is not remembered', () => {
  it.each([
    ['an answer that allows', denied({ allowed: true, denial: null })],
    ['a slot that is missing: it may come free at any time', denied({ denial: 'slot' })],
  ])('%s', (_, verdict) => {
    const { cache, note } = aCache();
    note([ask()], [verdict]);
    expect(cache.find([ask()], 'all')).toBeNull();
  });

  it('a denial that is older than units that came back', () => {
    const { clock, cache } = aCache();
    const when = { mark: cache.mark, atMs: clock.nowMs() };
    cache.forget([{ limiterId: 'login', identifier: 'a' }]);
    cache.note({ batch: [ask()], mode: 'all' }, [denied()], when);
    expect(cache.find([ask()], 'all')).toBeNull();
  });

  it('more than 10,000 denials: the oldest goes', () => {
    const { cache, note } = aCache();
    for (let index = 0; index <= 10_000; index++) {
      note([ask({ identifier: String(index) })], [denied()]);
    }
    expect(cache.find([ask({ identifier: '0' })], 'all')).toBeNull();
    expect(cache.find([ask({ identifier: '1' })], 'all')).not.toBeNull();
    expect(cache.find([ask({ identifier: '10000' })], 'all')).not.toBeNull();
  });
});
