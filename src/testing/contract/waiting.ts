import { strict as assert } from 'node:assert';
import type { RatePolicy } from '../../core/policy.js';
import type { StoreRequest, Verdict } from '../../core/store.js';
import { ask, askAll, left, request, type ContractCase } from './harness.js';
import { bucketOf, ratePolicies, slotsOf } from './policies.js';

const bucket = bucketOf(1);
const slots = slotsOf(2, 1_000);
const both: RatePolicy = { ...bucketOf(3), concurrency: { maxConcurrent: 1, leaseMs: 1_000 } };

/** What holds for reserved moments. */
export const reservationCases: readonly ContractCase[] = ratePolicies.flatMap((policyOf) =>
  reservationCasesOf(policyOf(1)).map(({ name, run }) => ({
    name: `${policyOf(1).algorithm}: ${name}`,
    run,
  })),
);

function reservationCasesOf(policy: RatePolicy): ContractCase[] {
  const wait = request(policy, { maxWaitMs: 1_000 });
  const back = (reserved: Verdict): readonly [StoreRequest & { readonly reservation: number }] => [
    { ...wait, reservation: reserved.reservation },
  ];
  return [
    {
      name: 'reserves one moment after the other, first come first served',
      async run(subject) {
        const waits = [
          await ask(subject, wait),
          await ask(subject, wait),
          await ask(subject, wait),
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
      async run(subject) {
        await ask(subject, wait);
        const refused = await ask(subject, { ...wait, maxWaitMs: 99 });
        assert.deepEqual([refused.allowed, refused.retryAfterMs], [false, 100]);
        assert.equal((await ask(subject, { ...wait, maxWaitMs: 100 })).waitMs, 100);
      },
    },
    {
      name: 'gives a moment that was handed back to the next caller',
      async run(subject) {
        await ask(subject, wait);
        const reserved = await ask(subject, wait);
        await subject.store.release(back(reserved));
        assert.equal((await ask(subject, wait)).waitMs, 100);
      },
    },
    {
      name: 'lets nobody overtake after a moment in the middle was handed back',
      async run(subject) {
        await ask(subject, wait);
        const middle = await ask(subject, wait);
        const last = await ask(subject, wait);
        await subject.store.release(back(middle));
        const next = await ask(subject, wait);
        assert.ok(next.waitMs >= last.waitMs, 'a later caller is not served earlier');
      },
    },
  ];
}

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
