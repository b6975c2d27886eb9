import { strict as assert } from 'node:assert';
import { decideAll, remainingOf, request, take, type ContractCase } from './harness.js';
import { bucketOf, windowOf } from './policies.js';

const bucket = bucketOf(5);
const window = windowOf(3);
const first = request(bucket, { limiterId: 'first' });
const second = request(window, { limiterId: 'second' });
const third = request(window, { limiterId: 'third' });

/** The requirements for batches. */
export const batchCases: readonly ContractCase[] = [
  {
    name: 'all: takes from every limit when every limit passes',
    async run(subject) {
      const verdicts = await decideAll(subject, [first, second], 'all');
      assert.deepEqual(
        verdicts.map(({ allowed, remaining }) => [allowed, remaining]),
        [
          [true, 4],
          [true, 2],
        ],
      );
    },
  },
  {
    name: 'all: takes from none when one denies, and returns which',
    async run(subject) {
      await take(subject, second, 3);
      const verdicts = await decideAll(subject, [first, second, third], 'all');
      assert.deepEqual(
        verdicts.map(({ allowed, remaining }) => [allowed, remaining]),
        [
          [true, 5],
          [false, 0],
          [true, 3],
        ],
      );
      assert.equal(await remainingOf(subject, first), 5);
      assert.equal(await remainingOf(subject, third), 3);
    },
  },
  {
    name: 'any: takes from the first limit that passes, and from no other',
    async run(subject) {
      await take(subject, second, 3);
      const verdicts = await decideAll(subject, [second, third, first], 'any');
      assert.deepEqual(
        verdicts.map(({ allowed, remaining }) => [allowed, remaining]),
        [
          [false, 0],
          [true, 2],
          [true, 5],
        ],
      );
      assert.equal(await remainingOf(subject, first), 5);
    },
  },
  {
    name: 'returns no verdicts for an empty batch',
    async run(subject) {
      assert.deepEqual(await decideAll(subject, [], 'all'), []);
    },
  },
];
