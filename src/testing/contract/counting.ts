import { strict as assert } from 'node:assert';
import { decide, remainingOf, request, take, type ContractCase, type RateCase } from './harness.js';
import { forEachAlgorithm } from './policies.js';

const cases: readonly RateCase[] = [
  {
    name: 'allows as many units at once as its limit, and no more',
    async run(subject, policy) {
      await take(subject, request(policy), 5);
      const verdict = await decide(subject, request(policy));
      assert.deepEqual([verdict.allowed, verdict.denial, verdict.remaining], [false, 'rate', 0]);
    },
  },
  {
    name: 'denies until the last millisecond of retryAfterMs and allows at its end',
    async run(subject, policy) {
      await take(subject, request(policy), 5);
      const { retryAfterMs } = await decide(subject, request(policy));
      await subject.advance(retryAfterMs - 1);
      assert.equal((await decide(subject, request(policy))).allowed, false);
      await subject.advance(1);
      assert.equal((await decide(subject, request(policy))).allowed, true);
    },
  },
  {
    name: 'is untouched again exactly after resetAfterMs',
    async run(subject, policy) {
      const { resetAfterMs } = await decide(subject, request(policy, { cost: 2 }));
      await subject.advance(resetAfterMs - 1);
      assert.ok((await remainingOf(subject, request(policy))) < 5);
      await subject.advance(1);
      assert.equal(await remainingOf(subject, request(policy)), 5);
    },
  },
  {
    name: 'treats a cost of n like n costs of 1',
    async run(subject, policy) {
      const once = await decide(subject, request(policy, { identifier: 'once', cost: 3 }));
      await take(subject, request(policy, { identifier: 'thrice' }), 2);
      const thrice = await decide(subject, request(policy, { identifier: 'thrice' }));
      assert.deepEqual(once, thrice);
    },
  },
  {
    name: 'never allows a cost above its limit, with an infinite retryAfterMs',
    async run(subject, policy) {
      const verdict = await decide(subject, request(policy, { cost: 6 }));
      assert.deepEqual([verdict.allowed, verdict.retryAfterMs], [false, Infinity]);
      assert.equal(await remainingOf(subject, request(policy)), 5);
    },
  },
  {
    name: 'takes nothing for a peek or a denial',
    async run(subject, policy) {
      await take(subject, request(policy), 5);
      const before = await decide(subject, request(policy, { cost: 0 }));
      await decide(subject, request(policy));
      await decide(subject, request(policy, { cost: 0 }));
      assert.deepEqual(await decide(subject, request(policy, { cost: 0 })), before);
    },
  },
  {
    name: 'counts identifiers and limiters separately',
    async run(subject, policy) {
      await take(subject, request(policy), 5);
      assert.equal(await remainingOf(subject, request(policy, { identifier: 'b' })), 5);
      assert.equal(await remainingOf(subject, request(policy, { limiterId: 'm' })), 5);
    },
  },
  {
    name: 'deletes the state of an identifier that is reset',
    async run(subject, policy) {
      await take(subject, request(policy), 5);
      await subject.store.reset({ limiterId: 'l', identifier: 'a' });
      assert.equal(await remainingOf(subject, request(policy)), 5);
    },
  },
  {
    name: 'returns refunded units, and never more than were taken',
    async run(subject, policy) {
      await take(subject, request(policy), 5);
      const refund = { ...request(policy, { cost: 2 }), reservation: null };
      await subject.store.release([refund]);
      assert.equal(await remainingOf(subject, request(policy)), 2);
      await subject.store.release([{ ...refund, cost: 100 }]);
      assert.equal(await remainingOf(subject, request(policy)), 5);
    },
  },
  {
    name: 'keeps the counts when the limit changes',
    async run(subject, policy, policyOf) {
      await take(subject, request(policy), 3);
      assert.equal(await remainingOf(subject, request(policyOf(10))), 7);
      assert.equal(await remainingOf(subject, request(policyOf(4))), 1);
      assert.equal(await remainingOf(subject, request(policyOf(2))), 0);
    },
  },
];

/** The requirements for every algorithm that counts units. */
export const countingCases: readonly ContractCase[] = forEachAlgorithm(5, cases);
