import { strict as assert } from 'node:assert';
import type { StoreRequest } from '../../core/store.js';
import { ask, left, request, type ContractCase, type ContractSubject } from './harness.js';
import { slotsOf } from './policies.js';

const slots = slotsOf(1, 60_000);

/** A request that waits when there is no slot. */
function waiting(leaseId: string, overrides: Partial<StoreRequest> = {}): StoreRequest {
  return { ...request(slots, { leaseId }), mostPlaces: 20, ...overrides };
}

async function release({ store }: ContractSubject, leaseId: string): Promise<void> {
  await store.release([{ ...request(slots, { cost: 0, leaseId }), reservation: null }]);
}

const place = { limiterId: 'l', identifier: 'a' };

/** What holds for those who wait for slots, in a store that has a queue for them. */
export const queueCases: readonly ContractCase[] = [
  {
    name: 'queue: gives a free slot to the first who waits, and to nobody else',
    async run(subject) {
      if (subject.store.keepPlaces === undefined) return;
      await ask(subject, waiting('h:1'));
      await ask(subject, waiting('o:1'));
      await ask(subject, waiting('p:1'));
      await release(subject, 'h:1');
      assert.equal((await ask(subject, request(slots, { leaseId: 'x:1' }))).denial, 'slot');
      assert.equal((await ask(subject, waiting('p:1'))).denial, 'slot');
      assert.equal(await left(subject, request(slots)), 0);
      assert.equal((await ask(subject, waiting('o:1'))).allowed, true);
      await release(subject, 'o:1');
      assert.equal((await ask(subject, waiting('p:1'))).allowed, true);
    },
  },
  {
    name: 'queue: a place is lost when it is not renewed for 50 ms, and found where it was',
    async run(subject) {
      const { store } = subject;
      if (store.keepPlaces === undefined) return;
      await ask(subject, waiting('h:1'));
      const { reservation } = await ask(subject, waiting('o:1'));
      await subject.advance(10);
      await ask(subject, waiting('p:1'));
      await subject.advance(45);
      await store.keepPlaces({ ...place, owner: 'p', leaseIds: [], since: [] }, 20);
      await release(subject, 'h:1');
      const late = waiting('o:1', { waitsSince: reservation });
      assert.equal((await ask(subject, late)).allowed, true);
    },
  },
  {
    name: 'queue: who died holds nobody up',
    async run(subject) {
      if (subject.store.keepPlaces === undefined) return;
      await ask(subject, waiting('h:1'));
      await ask(subject, waiting('o:1'));
      await release(subject, 'h:1');
      assert.equal((await ask(subject, request(slots, { leaseId: 'x:1' }))).allowed, false);
      await subject.advance(50);
      assert.equal((await ask(subject, request(slots, { leaseId: 'x:1' }))).allowed, true);
    },
  },
  {
    name: 'queue: a place that is given up holds nobody up',
    async run(subject) {
      const { store } = subject;
      if (store.keepPlaces === undefined || store.leavePlaces === undefined) return;
      await ask(subject, waiting('h:1'));
      await ask(subject, waiting('o:1'));
      await store.leavePlaces({ ...place, owner: 'o', leaseIds: ['o:1'] });
      await release(subject, 'h:1');
      assert.equal((await ask(subject, request(slots, { leaseId: 'x:1' }))).allowed, true);
    },
  },
  {
    name: 'queue: has so many places, and no more',
    async run(subject) {
      if (subject.store.keepPlaces === undefined) return;
      await ask(subject, waiting('h:1'));
      assert.equal((await ask(subject, waiting('o:1', { mostPlaces: 1 }))).denial, 'slot');
      const full = await ask(subject, waiting('o:2', { mostPlaces: 1 }));
      assert.deepEqual([full.allowed, full.denial, full.retryAfterMs], [false, 'queue', 1_000]);
    },
  },
];
