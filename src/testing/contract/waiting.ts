import { strict as assert } from 'node:assert';
import type { RatePolicy } from '../../core/policy.js';
import type { Grant, StoreRequest, Verdict } from '../../core/store.js';
import {
  decide,
  decideAll,
  remainingOf,
  request,
  type ContractCase,
  type RateCase,
} from './harness.js';
import { bucketOf, forEachAlgorithm, slotsOf } from './policies.js';

const bucket = bucketOf(1);
const slots = slotsOf(2, 1_000);
const both: RatePolicy = { ...bucketOf(3), concurrency: { maxConcurrent: 1, leaseMs: 1_000 } };

function waiting(policy: RatePolicy): StoreRequest {
  return request(policy, { maxWaitMs: 1_000 });
}

function granted(policy: RatePolicy, { reservation }: Verdict): readonly [Grant] {
  return [{ ...waiting(policy), reservation }];
}

const reservations: readonly RateCase[] = [
  {
    name: 'reserves consecutive moments, first come, first served',
    async run(subject, policy) {
      const waits = [
        await decide(subject, waiting(policy)),
        await decide(subject, waiting(policy)),
        await decide(subject, waiting(policy)),
      ];
      assert.deepEqual(
        waits.map(({ waitMs }) => waitMs),
        [0, 100, 200],
      );
      assert.equal((await decide(subject, request(policy))).allowed, false);
    },
  },
  {
    name: 'reserves nothing beyond the longest wait',
    async run(subject, policy) {
      await decide(subject, waiting(policy));
      const denied = await decide(subject, { ...waiting(policy), maxWaitMs: 99 });
      assert.deepEqual([denied.allowed, denied.retryAfterMs], [false, 100]);
      assert.equal((await decide(subject, { ...waiting(policy), maxWaitMs: 100 })).waitMs, 100);
    },
  },
  {
    name: 'reserves a released moment for the next request',
    async run(subject, policy) {
      await decide(subject, waiting(policy));
      const reserved = await decide(subject, waiting(policy));
      await subject.store.release(granted(policy, reserved));
      assert.equal((await decide(subject, waiting(policy))).waitMs, 100);
    },
  },
  {
    name: 'never lets a request overtake after a moment in the middle was released',
    async run(subject, policy) {
      await decide(subject, waiting(policy));
      const middle = await decide(subject, waiting(policy));
      const last = await decide(subject, waiting(policy));
      await subject.store.release(granted(policy, middle));
      const next = await decide(subject, waiting(policy));
      assert.ok(next.waitMs >= last.waitMs, 'a later request is not served earlier');
    },
  },
];

/** The requirements for reservations. */
export const reservationCases: readonly ContractCase[] = forEachAlgorithm(1, reservations);

/** The requirements for slots. */
export const slotCases: readonly ContractCase[] = [
  {
    name: 'slots: holds as many leases as there are slots',
    async run(subject) {
      assert.equal((await decide(subject, request(slots, { leaseId: 'x' }))).remaining, 1);
      assert.equal((await decide(subject, request(slots, { leaseId: 'y' }))).remaining, 0);
      const denied = await decide(subject, request(slots, { leaseId: 'z' }));
      assert.deepEqual([denied.allowed, denied.denial], [false, 'slot']);
    },
  },
  {
    name: 'slots: a released lease frees its own slot, once',
    async run(subject) {
      await decide(subject, request(slots, { leaseId: 'x' }));
      await decide(subject, request(slots, { leaseId: 'y' }));
      const release = { ...request(slots, { cost: 0, leaseId: 'x' }), reservation: null };
      await subject.store.release([release]);
      await subject.store.release([release]);
      await subject.store.release([{ ...release, leaseId: 'unknown' }]);
      assert.equal(await remainingOf(subject, request(slots)), 1);
    },
  },
  {
    name: 'slots: a lease ends by itself, unless it is renewed',
    async run(subject) {
      await decide(subject, request(slots, { leaseId: 'x' }));
      await decide(subject, request(slots, { leaseId: 'y' }));
      await subject.advance(999);
      const lease = { limiterId: 'l', identifier: 'a', leaseId: 'x', leaseMs: 1_000 };
      assert.deepEqual(await subject.store.renew([lease]), [true]);
      await subject.advance(1);
      assert.equal(await remainingOf(subject, request(slots)), 1);
      assert.deepEqual(await subject.store.renew([{ ...lease, leaseId: 'y' }]), [false]);
    },
  },
  {
    name: 'slots and units: takes both or neither',
    async run(subject) {
      assert.equal((await decide(subject, request(both, { leaseId: 'x' }))).remaining, 2);
      const denied = await decide(subject, request(both, { leaseId: 'y' }));
      assert.deepEqual([denied.allowed, denied.denial], [false, 'slot']);
      const units = { ...request(both), cost: 2 };
      assert.equal((await decide(subject, units)).allowed, true, 'the denied request took no unit');
    },
  },
  {
    name: 'slots: a denied batch holds none',
    async run(subject) {
      const held = request(slots, { limiterId: 'held', leaseId: 'x' });
      const full = request(bucket, { limiterId: 'full' });
      await decide(subject, full);
      await decideAll(subject, [held, full], 'all');
      assert.equal(await remainingOf(subject, held), 2);
    },
  },
  {
    name: 'slots: a reset ends the leases of its identifier',
    async run(subject) {
      await decide(subject, request(slots, { leaseId: 'x' }));
      await subject.store.reset({ limiterId: 'l', identifier: 'a' });
      assert.equal(await remainingOf(subject, request(slots)), 2);
    },
  },
];
