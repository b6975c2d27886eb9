import { strict as assert } from 'node:assert';
import type { RatePolicy } from '../../core/policy.js';
import type { Grant, StoreRequest, Verdict } from '../../core/store.js';
import { ask, askAll, left, request, type ContractCase, type RateCase } from './harness.js';
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
    name: 'reserves one moment after the other, first come first served',
    async run(subject, policy) {
      const waits = [
        await ask(subject, waiting(policy)),
        await ask(subject, waiting(policy)),
        await ask(subject, waiting(policy)),
      ];
      assert.deepEqual(
        waits.map(({ waitMs }) => waitMs),
        [0, 100, 200],
      );
      assert.equal((await ask(subject, request(policy))).allowed, false);
    },
  },
  {
    name: 'reserves nothing beyond the longest wait',
    async run(subject, policy) {
      await ask(subject, waiting(policy));
      const refused = await ask(subject, { ...waiting(policy), maxWaitMs: 99 });
      assert.deepEqual([refused.allowed, refused.retryAfterMs], [false, 100]);
      assert.equal((await ask(subject, { ...waiting(policy), maxWaitMs: 100 })).waitMs, 100);
    },
  },
  {
    name: 'gives a released moment to the next request',
    async run(subject, policy) {
      await ask(subject, waiting(policy));
      const reserved = await ask(subject, waiting(policy));
      await subject.store.release(granted(policy, reserved));
      assert.equal((await ask(subject, waiting(policy))).waitMs, 100);
    },
  },
  {
    name: 'lets no request overtake after a moment in the middle was released',
    async run(subject, policy) {
      await ask(subject, waiting(policy));
      const middle = await ask(subject, waiting(policy));
      const last = await ask(subject, waiting(policy));
      await subject.store.release(granted(policy, middle));
      const next = await ask(subject, waiting(policy));
      assert.ok(next.waitMs >= last.waitMs, 'a later caller is not served earlier');
    },
  },
];

/** What holds for reserved moments. */
export const reservationCases: readonly ContractCase[] = forEachAlgorithm(1, reservations);

/** What holds for slots. */
export const slotCases: readonly ContractCase[] = [
  {
    name: 'slots: holds as many leases as there are slots',
    async run(subject) {
      assert.equal((await ask(subject, request(slots, { leaseId: 'x' }))).remaining, 1);
      assert.equal((await ask(subject, request(slots, { leaseId: 'y' }))).remaining, 0);
      const refused = await ask(subject, request(slots, { leaseId: 'z' }));
      assert.deepEqual([refused.allowed, refused.denial], [false, 'slot']);
    },
  },
  {
    name: 'slots: a released lease frees one slot, once, and only its own',
    async run(subject) {
      await ask(subject, request(slots, { leaseId: 'x' }));
      await ask(subject, request(slots, { leaseId: 'y' }));
      const release = { ...request(slots, { cost: 0, leaseId: 'x' }), reservation: null };
      await subject.store.release([release]);
      await subject.store.release([release]);
      await subject.store.release([{ ...release, leaseId: 'stranger' }]);
      assert.equal(await left(subject, request(slots)), 1);
    },
  },
  {
    name: 'slots: a lease ends by itself, unless it is renewed',
    async run(subject) {
      await ask(subject, request(slots, { leaseId: 'x' }));
      await ask(subject, request(slots, { leaseId: 'y' }));
      await subject.advance(999);
      const lease = { limiterId: 'l', identifier: 'a', leaseId: 'x', leaseMs: 1_000 };
      assert.deepEqual(await subject.store.renew([lease]), [true]);
      await subject.advance(1);
      assert.equal(await left(subject, request(slots)), 1);
      assert.deepEqual(await subject.store.renew([{ ...lease, leaseId: 'y' }]), [false]);
    },
  },
  {
    name: 'slots and units: takes both or neither',
    async run(subject) {
      assert.equal((await ask(subject, request(both, { leaseId: 'x' }))).remaining, 2);
      const refused = await ask(subject, request(both, { leaseId: 'y' }));
      assert.deepEqual([refused.allowed, refused.denial], [false, 'slot']);
      const units = { ...request(both), cost: 2 };
      assert.equal((await ask(subject, units)).allowed, true, 'the refused call took no unit');
    },
  },
  {
    name: 'slots: a refused batch holds none',
    async run(subject) {
      const held = request(slots, { limiterId: 'held', leaseId: 'x' });
      const full = request(bucket, { limiterId: 'full' });
      await ask(subject, full);
      await askAll(subject, [held, full], 'all');
      assert.equal(await left(subject, held), 2);
    },
  },
  {
    name: 'slots: forgets the leases of an identifier that is reset',
    async run(subject) {
      await ask(subject, request(slots, { leaseId: 'x' }));
      await subject.store.reset({ limiterId: 'l', identifier: 'a' });
      assert.equal(await left(subject, request(slots)), 2);
    },
  },
];
