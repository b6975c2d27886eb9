import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  all,
  any,
  bucketOf,
  by,
  forget,
  release,
  releaseAll,
  hold,
  probe,
  freeSlot,
  renew,
  slotsOf,
  take,
  takeAndHold,
  windowOf,
  type ScriptOperation,
} from './operations.js';
import { ScriptRunner, SERVER_TIME } from './script-runner.js';

const T = 1_790_000_000_000_000;

const bucket = bucketOf('bucket', 100_000, 3);
const window = windowOf('window', 3, 1_000);
const slots = slotsOf('slots', 2, 1_000);

/** An operation of every kind, by name. */
const OPERATIONS: readonly (readonly [name: string, operation: ScriptOperation])[] = [
  ['a bucket', all(take(bucket))],
  ['a window', all(take(window))],
  ['slots', all(hold(slots, 'x'))],
  ['a bucket and slots', all(takeAndHold(bucket, slots, { lease: 'x' }))],
  ['a window and slots', all(takeAndHold(window, slots, { lease: 'x' }))],
  ['several', all(take(bucket), take(window), hold(slots, 'x'))],
  ['any', any(take(bucket), takeAndHold(window, slots, { lease: 'x' }))],
  ['any of one', any(take(bucket))],
  ['a release of units of a bucket', release(bucket, { cost: 1 })],
  ['a release of a reservation of a window', release(window, { cost: 1, reservation: T / 1_000 })],
  ['a release of a lease', freeSlot(slots, 'x')],
  ['a release of units and a lease', releaseAll(bucket, slots, { cost: 1, lease: 'x' })],
  ['renewals', renew(slots, 'x', 'y')],
  ['resets', forget('bucket', 'window', 'slots')],
  ['probes', probe('one', 'two')],
];

let script: ScriptRunner;
beforeAll(async () => {
  script = await ScriptRunner.start();
});
beforeEach(async () => {
  await script.command('FLUSHALL');
});
afterAll(() => script.stop());

/** Codes and statuses. */
async function run(
  ...operations: readonly ScriptOperation[]
): Promise<readonly (readonly unknown[])[]> {
  const answers = await script.run(T, ...operations);
  return answers.map(({ status, results }) => [status, ...results.map(([code]) => code)]);
}

describe('the time', () => {
  it("is the server's, and comes first", async () => {
    const before = await script.now();
    const [now] = await script.call(SERVER_TIME);
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(await script.now());
  });

  it('can be set by a test, to the microsecond', async () => {
    expect(await script.call(T + 123_457)).toEqual([T + 123_457]);
  });
});

describe('all', () => {
  it('takes from all that pass', async () => {
    expect(await run(all(take(bucket), take(window), hold(slots, 'x')))).toEqual([['ok', 1, 1, 1]]);
    expect(await script.command('EXISTS', 'bucket', 'window', 'slots')).toBe(3);
  });

  it('takes from none when one denies, and replies as to a peek', async () => {
    await run(all(take(window, { cost: 3 })));
    const found = await script.snapshot();
    const asked = all(take(bucket, { cost: 2 }), take(window), hold(slots, 'x'));
    const [answer] = await script.run(T, asked);
    const refused = [0, 0, 1_000, 1_000, 1_000, 0, T / 1_000 + 1_000];
    expect(answer!.results).toEqual([[1, 0], refused, [1, 2, 0, 0]]);
    expect(await script.snapshot()).toEqual(found);
  });
});

describe('any', () => {
  it('takes from the first that passes, and from no other', async () => {
    await run(all(take(bucket, { cost: 3 })));
    expect(await run(any(take(bucket), take(window), hold(slots, 'x')))).toEqual([['ok', 0, 1, 1]]);
    expect(await script.command('EXISTS', 'window')).toBe(1);
    expect(await script.command('EXISTS', 'slots')).toBe(0);
  });

  it('takes nothing when none passes', async () => {
    await run(all(take(bucket, { cost: 3 }), take(window, { cost: 3 })));
    const found = await script.snapshot();
    expect(await run(any(take(bucket), take(window)))).toEqual([['ok', 0, 0]]);
    expect(await script.snapshot()).toEqual(found);
  });
});

describe('the operations of one call', () => {
  it('see what earlier ones took and released', async () => {
    const answers = await script.run(
      T,
      ...[all(take(bucket, { cost: 2 })), all(take(bucket, { cost: 2 })), all(take(bucket))],
      ...[release(bucket, { cost: 2 }), all(take(bucket, { cost: 2 })), forget('bucket')],
      all(take(bucket, { cost: 3 })),
    );
    expect(answers.map(({ results }) => results)).toEqual([
      [[1, 0]],
      [[0, 200_000]],
      [[1, 200_000]],
      [],
      [[1, 100_000]],
      [],
      [[1, 0]],
    ]);
  });

  it.each(OPERATIONS)('have their own places in the reply, after %s', async (_, operation) => {
    const [alone] = await script.run(T, operation);
    await script.command('FLUSHALL');
    const other = all(take(bucketOf('other', 100_000, 2)));
    expect(await script.run(T, other, operation, other, other)).toEqual([
      { status: 'ok', results: [[1, 0]] },
      alone,
      { status: 'ok', results: [[1, 100_000]] },
      { status: 'ok', results: [[0, 200_000]] },
    ]);
  });

  it('may share their fields: each has its own keys', async () => {
    const [a, b] = ['a', 'b'].map((key) => all(take(bucketOf(key, 100_000, 1))));
    const [c, d] = ['c', 'd'].map((key) => all(hold(slotsOf(key, 1, 1_000), 'x'), take(window)));
    const answers = await script.runCoalesced(T, [a!, b!, a!], [c!, d!, c!]);
    expect(answers.map(({ results }) => results.map(([code]) => code))).toEqual([
      ...[[1], [1], [0]],
      ...[
        [1, 1],
        [1, 1],
        [2, 1],
      ],
    ]);
  });
});

describe('an operation whose deadline has passed', () => {
  it.each(OPERATIONS)('is late and does nothing: %s', async (_, operation) => {
    await run(all(take(bucket)), all(take(window)), all(hold(slots, 'x'), hold(slots, 'y')));
    const found = await script.snapshot();
    expect(await script.run(T, by(T - 1, operation))).toEqual([{ status: 'late', results: [] }]);
    expect(await script.snapshot()).toEqual(found);
  });

  it.each(OPERATIONS)('leaves the others of its call alone: %s', async (_, operation) => {
    const other = all(take(bucketOf('other', 100_000, 1)));
    const late = by(T - 1, operation);
    const answers = await script.runCoalesced(T, [other], [late, late], [other]);
    expect(answers).toEqual([
      { status: 'ok', results: [[1, 0]] },
      { status: 'late', results: [] },
      { status: 'late', results: [] },
      { status: 'ok', results: [[0, 100_000]] },
    ]);
    expect(await script.command('KEYS', '*')).toEqual(['other']);
  });

  it('is in time until the last microsecond, and always without a deadline', async () => {
    const operation = all(take(bucket));
    expect(await run(by(T, operation), by(T + 1, operation), by(0, operation))).toEqual([
      ...[
        ['ok', 1],
        ['ok', 1],
        ['ok', 1],
      ],
    ]);
  });

  it('is late by the clock of the server', async () => {
    const now = await script.now();
    const [late, inTime] = await script.run(
      SERVER_TIME,
      ...[by(now - 1, all(take(bucket))), by(now + 60_000_000, all(take(bucket)))],
    );
    expect([late?.status, inTime?.status]).toEqual(['late', 'ok']);
  });
});

describe('an operation with a key of a foreign value', () => {
  it.each([
    ['first', all(take(bucket), take(window), hold(slots, 'x')), 'bucket'],
    ['in the middle', all(take(bucket), take(window), hold(slots, 'x')), 'window'],
    ['last', all(take(bucket), take(window), hold(slots, 'x')), 'slots'],
    ['behind one that passes', any(take(bucket), take(window)), 'window'],
    ['alone', all(take(bucket)), 'bucket'],
    ['with slots', all(takeAndHold(bucket, slots, { lease: 'x' })), 'slots'],
  ])('takes nothing, and leaves the others of its call alone: %s', async (_, operation, key) => {
    await script.command('RPUSH', key, 'a');
    const other = all(take(bucketOf('other', 100_000, 1)));
    const answers = await script.runCoalesced(T, [other], [operation, operation], [other]);
    expect(answers).toEqual([
      { status: 'ok', results: [[1, 0]] },
      { status: 'foreign', results: [] },
      { status: 'foreign', results: [] },
      { status: 'ok', results: [[0, 100_000]] },
    ]);
    expect(await script.command('DBSIZE')).toBe(2);
  });

  it('deletes the key when it is a reset', async () => {
    await script.command('RPUSH', 'bucket', 'a');
    await script.run(T, forget('bucket', 'nothing'));
    expect(await script.command('DBSIZE')).toBe(0);
  });
});

describe('a probe', () => {
  it('writes a key and removes it', async () => {
    const { writes } = await script.snapshot();
    expect(await script.run(SERVER_TIME, probe('k'))).toEqual([{ status: 'ok', results: [] }]);
    const after = await script.snapshot();
    expect(after).toMatchObject({ values: {} });
    expect(after.writes).toBeGreaterThan(writes);
  });

  it('without a key only checks that the server replies', async () => {
    expect(await script.run(SERVER_TIME, probe())).toEqual([{ status: 'ok', results: [] }]);
  });
});

describe('a kind that no algorithm has', () => {
  const unknown = (kind: string) => ({ ...bucketOf('unknown', 100_000, 3), kind: kind as 'b' });
  const unknownOperations: readonly (readonly [
    name: string,
    of: (kind: string) => ScriptOperation,
  ])[] = [
    ['all', (kind) => all(take(unknown(kind)))],
    ['all of several', (kind) => all(take(bucket), take(unknown(kind)))],
    ['any', (kind) => any(take(unknown(kind)))],
    ['release', (kind) => release(unknown(kind), { cost: 1 })],
    ['late', (kind) => by(T - 1, all(take(unknown(kind))))],
  ];
  const kinds = ['x', 'xs', 'bx', 'ss', 'B'];

  it.each(unknownOperations)('fails the call and takes nothing: %s', async (_, of) => {
    for (const kind of kinds) {
      await expect(script.run(T, of(kind))).rejects.toThrow(`no algorithm has the kind ${kind}`);
    }
    expect(await script.command('DBSIZE')).toBe(0);
  });
});

describe('every key that is written', () => {
  it.each(OPERATIONS.filter(([, { kind }]) => kind !== 'reset'))(
    'has an end, by the clock of the server: %s',
    async (_, operation) => {
      const minute = [bucketOf('bucket', 60_000_000, 3), windowOf('window', 3, 60_000)] as const;
      const taken = minute.map((units) => all(take(units, { cost: 3 })));
      await script.run(SERVER_TIME, ...taken, all(hold(slotsOf('slots', 2, 60_000), 'x')));
      await script.run(SERVER_TIME, operation);
      const { expiries } = await script.snapshot();
      expect(Object.values(expiries).length).toBeGreaterThan(0);
      for (const expiry of Object.values(expiries)) expect(expiry).toBeGreaterThan(0);
    },
  );
});
