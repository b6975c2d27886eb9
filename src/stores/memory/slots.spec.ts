import { describe, expect, it } from 'vitest';
import { aStore, Counter, names, slotsOf } from '../../../test/properties/counter.js';

const LEASE_MS = 10_000;

describe('slots in a memory store', () => {
  it('are held by at most as many leases as there are slots, and are free when released', () => {
    const counter = new Counter(slotsOf(3, LEASE_MS));
    const passed = names('l', 1_000).filter((leaseId) => counter.decide('a', { leaseId }).allowed);
    expect(passed).toEqual(['l0', 'l1', 'l2']);
    counter.release('a', { cost: 0, leaseId: 'l1' });
    expect(counter.decide('a', { leaseId: 'l9' }).allowed).toBe(true);
    expect(counter.decide('a', { leaseId: 'l10' }).allowed).toBe(false);
  });

  it('are not freed by an unknown, foreign or released lease', () => {
    const under = aStore();
    const counter = new Counter(slotsOf(1, LEASE_MS), under);
    counter.decide('a', { leaseId: '1' });
    new Counter(slotsOf(1, LEASE_MS), under, 'other').decide('a', { leaseId: '2' });
    for (const [identifier, leaseId] of [
      ['a', '2'],
      ['a', 'unknown'],
      ['b', '1'],
    ] as const) {
      counter.release(identifier, { cost: 0, leaseId });
      expect(counter.peek('a').remaining).toBe(0);
    }
    counter.release('a', { cost: 0, leaseId: '1' });
    counter.decide('a', { leaseId: '3' });
    counter.release('a', { cost: 0, leaseId: '1' });
    expect(counter.peek('a').remaining).toBe(0);
  });

  it('are free at the end of a lease, to the millisecond', () => {
    const counter = new Counter(slotsOf(1, LEASE_MS));
    counter.decide('a', { leaseId: '1' });
    counter.clock.advance(LEASE_MS - 1);
    expect(counter.decide('a', { leaseId: '2' })).toMatchObject({
      allowed: false,
      retryAfterMs: 1,
    });
    counter.clock.advance(1);
    expect(counter.decide('a', { leaseId: '2' }).allowed).toBe(true);
  });

  it('can be renewed until the lease has ended, and not after that', () => {
    const counter = new Counter(slotsOf(1, LEASE_MS));
    counter.decide('a', { leaseId: '1' });
    counter.clock.advance(LEASE_MS - 1);
    expect(counter.renew('a', '1', LEASE_MS)).toBe(true);
    counter.clock.advance(LEASE_MS - 1);
    expect(counter.decide('a', { leaseId: '2' }).allowed).toBe(false);
    counter.clock.advance(1);
    expect(counter.renew('a', '1', LEASE_MS)).toBe(false);
    expect(counter.decide('a', { leaseId: '2' }).allowed).toBe(true);
  });

  it('are renewed for their own holder only', () => {
    const under = aStore();
    const counter = new Counter(slotsOf(1, LEASE_MS), under);
    counter.decide('a', { leaseId: '1' });
    expect(counter.renew('b', '1', LEASE_MS)).toBe(false);
    expect(counter.renew('a', '2', LEASE_MS)).toBe(false);
    expect(new Counter(slotsOf(1, LEASE_MS), under, 'other').renew('a', '1', LEASE_MS)).toBe(false);
    counter.reset('a');
    expect(counter.renew('a', '1', LEASE_MS)).toBe(false);
  });

  it('occupy no memory when none is held', () => {
    const counter = new Counter(slotsOf(2, LEASE_MS));
    counter.peek('a');
    expect(counter.store.usage().keys).toBe(0);
    counter.decide('a', { leaseId: '1' });
    counter.decide('a', { leaseId: '2' });
    expect(counter.store.usage().keys).toBe(1);
    counter.release('a', { cost: 0, leaseId: '1' });
    counter.release('a', { cost: 0, leaseId: '2' });
    expect(counter.store.usage().keys).toBe(0);
  });
});
