import { strict as assert } from 'node:assert';
import { askAll, left, request, take, type ContractCase } from './harness.js';
import { bucketOf, windowOf } from './policies.js';

const bucket = bucketOf(5);
const window = windowOf(3);
const first = request(bucket, { limiterId: 'first' });
const second = request(window, { limiterId: 'second' });
const third = request(window, { limiterId: 'third' });

/** What holds for requests that are decided together. */
export const batchCases: readonly ContractCase[] = [
  {
    name: 'all: takes from every limit when every limit passes',
    async run(subject) {
      const verdicts = await askAll(subject, [first, second], 'all');
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
    name: 'all: takes from none when one refuses, and tells which',
    async run(subject) {
      await take(subject, second, 3);
      const verdicts = await askAll(subject, [first, second, third], 'all');
      assert.deepEqual(
        verdicts.map(({ allowed, remaining }) => [allowed, remaining]),
        [
          [true, 5],
          [false, 0],
          [true, 3],
        ],
      );
      assert.equal(await left(subject, first), 5);
      assert.equal(await left(subject, third), 3);
    },
  },
  {
    name: 'any: takes from the first limit that passes, and from no other',
    async run(subject) {
      await take(subject, second, 3);
      const verdicts = await askAll(subject, [second, third, first], 'any');
      assert.deepEqual(
        verdicts.map(({ allowed, remaining }) => [allowed, remaining]),
        [
          [false, 0],
          [true, 2],
          [true, 5],
        ],
      );
      assert.equal(await left(subject, first), 5);
    },
  },
  {
    name: 'answers an empty batch with nothing',
    async run(subject) {
      assert.deepEqual(await askAll(subject, [], 'all'), []);
    },
  },
];
