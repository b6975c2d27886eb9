import { strict as assert } from 'node:assert';
import type { StoreRequest } from '../../core/store.js';
import {
  decide,
  remainingOf,
  request,
  type ContractCase,
  type ContractSubject,
} from './harness.js';
import { slotsOf } from './policies.js';

const slots = slotsOf(1, 60_000);

/** A request that waits when no slot is free. */
function waiting(leaseId: string, overrides: Partial<StoreRequest> = {}): StoreRequest {
  return { ...request(slots, { leaseId }), mostPlaces: 20, ...overrides };
}

async function release({ store }: ContractSubject, leaseId: string): Promise<void> {
  await store.release([{ ...request(slots, { cost: 0, leaseId }), reservation: null }]);
}

const place = { limiterId: 'l', identifier: 'a' };

/** The requirements for the queue for slots, in stores that have one. */
export const queueCases: readonly ContractCase[] = [
  {
    name: 'queue: grants a free slot to the first waiting request, and to no other',
    async run(subject) {
      if (subject.store.keepPlaces === undefined) return;
      await decide(subject, waiting('h:1'));
      await decide(subject, waiting('o:1'));
      await decide(subject, waiting('p:1'));
      await release(subject, 'h:1');
      assert.equal((await decide(subject, request(slots, { leaseId: 'x:1' }))).denial, 'slot');
      assert.equal((await decide(subject, waiting('p:1'))).denial, 'slot');
      assert.equal(await remainingOf(subject, request(slots)), 0);
      assert.equal((await decide(subject, waiting('o:1'))).allowed, true);
      await release(subject, 'o:1');
      assert.equal((await decide(subject, waiting('p:1'))).allowed, true);
    },
  },
  {
    name: 'queue: a place is lost when it is not renewed for 50 ms, and restored to its position',
    async run(subject) {
      const { store } = subject;
      if (store.keepPlaces === undefined) return;
      await decide(subject, waiting('h:1'));
      const { reservation } = await decide(subject, waiting('o:1'));
      await subject.advance(10);
      await decide(subject, waiting('p:1'));
      await subject.advance(45);
      await store.keepPlaces({ ...place, owner: 'p', leaseIds: [], since: [] }, 20);
      await release(subject, 'h:1');
      const late = waiting('o:1', { waitsSince: reservation });
      assert.equal((await decide(subject, late)).allowed, true);
    },
  },
  {
    name: 'queue: a process that died does not block others',
    async run(subject) {
      if (subject.store.keepPlaces === undefined) return;
      await decide(subject, waiting('h:1'));
      await decide(subject, waiting('o:1'));
      await release(subject, 'h:1');
      assert.equal((await decide(subject, request(slots, { leaseId: 'x:1' }))).allowed, false);
      await subject.advance(50);
      assert.equal((await decide(subject, request(slots, { leaseId: 'x:1' }))).allowed, true);
    },
  },
  {
    name: 'queue: a place that is given up does not block others',
    async run(subject) {
      const { store } = subject;
      if (store.keepPlaces === undefined || store.leavePlaces === undefined) return;
      await decide(subject, waiting('h:1'));
      await decide(subject, waiting('o:1'));
      await store.leavePlaces({ ...place, owner: 'o', leaseIds: ['o:1'] });
      await release(subject, 'h:1');
      assert.equal((await decide(subject, request(slots, { leaseId: 'x:1' }))).allowed, true);
    },
  },
  {
    name: 'queue: is full at its limit of places',
    async run(subject) {
      if (subject.store.keepPlaces === undefined) return;
      await decide(subject, waiting('h:1'));
      assert.equal((await decide(subject, waiting('o:1', { mostPlaces: 1 }))).denial, 'slot');
      const full = await decide(subject, waiting('o:2', { mostPlaces: 1 }));
      assert.deepEqual([full.allowed, full.denial, full.retryAfterMs], [false, 'queue', 1_000]);
    },
  },
];
