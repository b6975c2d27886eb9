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
  type ScriptGroup,
} from './operations.js';
import { ScriptRunner, SERVER_TIME } from './script-runner.js';

const T = 1_790_000_000_000_000;

const bucket = bucketOf('bucket', 100_000, 3);
const window = windowOf('window', 3, 1_000);
const slots = slotsOf('slots', 2, 1_000);

/** A group of every sort, by name. */
const GROUPS: readonly (readonly [name: string, group: ScriptGroup])[] = [
  ['a bucket', all(take(bucket))],
  ['a window', all(take(window))],
  ['slots', all(hold(slots, 'x'))],
  ['a bucket and slots', all(takeAndHold(bucket, slots, { lease: 'x' }))],
  ['a window and slots', all(takeAndHold(window, slots, { lease: 'x' }))],
  ['several', all(take(bucket), take(window), hold(slots, 'x'))],
  ['any', any(take(bucket), takeAndHold(window, slots, { lease: 'x' }))],
  ['any of one', any(take(bucket))],
  ['units of a bucket on their way back', release(bucket, { cost: 1 })],
  [
    'a reservation of a window on its way back',
    release(window, { cost: 1, reservation: T / 1_000 }),
  ],
  ['a lease on its way back', freeSlot(slots, 'x')],
  ['units and a lease', releaseAll(bucket, slots, { cost: 1, lease: 'x' })],
  ['leases to prolong', renew(slots, 'x', 'y')],
  ['keys to delete', forget('bucket', 'window', 'slots')],
  ['keys to write', probe('one', 'two')],
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
async function run(...groups: readonly ScriptGroup[]): Promise<readonly (readonly unknown[])[]> {
  const answers = await script.run(T, ...groups);
  return answers.map(({ status, told }) => [status, ...told.map(([code]) => code)]);
}

describe('the time', () => {
  it('is that of the server, and comes first', async () => {
    const before = await script.now();
    const [now] = await script.call(SERVER_TIME);
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(await script.now());
  });

  it('is what a test says, to the microsecond', async () => {
    expect(await script.call(T + 123_457)).toEqual([T + 123_457]);
  });
});

describe('all', () => {
  it('takes from all that pass', async () => {
    expect(await run(all(take(bucket), take(window), hold(slots, 'x')))).toEqual([['ok', 1, 1, 1]]);
    expect(await script.command('EXISTS', 'bucket', 'window', 'slots')).toBe(3);
  });

  it('takes from none when one refuses, and tells what a look finds', async () => {
    await run(all(take(window, { cost: 3 })));
    const found = await script.snapshot();
    const asked = all(take(bucket, { cost: 2 }), take(window), hold(slots, 'x'));
    const [answer] = await script.run(T, asked);
    const refused = [0, 0, 1_000, 1_000, 1_000, 0, T / 1_000 + 1_000];
    expect(answer!.told).toEqual([[1, 0], refused, [1, 2, 0, 0]]);
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

describe('groups of one call', () => {
  it('see what earlier ones took, and gave back', async () => {
    const answers = await script.run(
      T,
      ...[all(take(bucket, { cost: 2 })), all(take(bucket, { cost: 2 })), all(take(bucket))],
      ...[release(bucket, { cost: 2 }), all(take(bucket, { cost: 2 })), forget('bucket')],
      all(take(bucket, { cost: 3 })),
    );
    expect(answers.map(({ told }) => told)).toEqual([
      [[1, 0]],
      [[0, 200_000]],
      [[1, 200_000]],
      [],
      [[1, 100_000]],
      [],
      [[1, 0]],
    ]);
  });

  it.each(GROUPS)('are answered in their places, after %s', async (_, group) => {
    const [alone] = await script.run(T, group);
    await script.command('FLUSHALL');
    const other = all(take(bucketOf('other', 100_000, 2)));
    expect(await script.run(T, other, group, other, other)).toEqual([
      { status: 'ok', told: [[1, 0]] },
      alone,
      { status: 'ok', told: [[1, 100_000]] },
      { status: 'ok', told: [[0, 200_000]] },
    ]);
  });

  it('may share their fields: each has its own keys', async () => {
    const [a, b] = ['a', 'b'].map((key) => all(take(bucketOf(key, 100_000, 1))));
    const [c, d] = ['c', 'd'].map((key) => all(hold(slotsOf(key, 1, 1_000), 'x'), take(window)));
    const answers = await script.runTogether(T, [a!, b!, a!], [c!, d!, c!]);
    expect(answers.map(({ told }) => told.map(([code]) => code))).toEqual([
      ...[[1], [1], [0]],
      ...[
        [1, 1],
        [1, 1],
        [2, 1],
      ],
    ]);
  });
});

describe('a group whose deadline has passed', () => {
  it.each(GROUPS)('is late and does nothing: %s', async (_, group) => {
    await run(all(take(bucket)), all(take(window)), all(hold(slots, 'x'), hold(slots, 'y')));
    const found = await script.snapshot();
    expect(await script.run(T, by(T - 1, group))).toEqual([{ status: 'late', told: [] }]);
    expect(await script.snapshot()).toEqual(found);
  });

  it.each(GROUPS)('leaves the others of its call alone: %s', async (_, group) => {
    const other = all(take(bucketOf('other', 100_000, 1)));
    const late = by(T - 1, group);
    const answers = await script.runTogether(T, [other], [late, late], [other]);
    expect(answers).toEqual([
      { status: 'ok', told: [[1, 0]] },
      { status: 'late', told: [] },
      { status: 'late', told: [] },
      { status: 'ok', told: [[0, 100_000]] },
    ]);
    expect(await script.command('KEYS', '*')).toEqual(['other']);
  });

  it('is in time until the last microsecond, and always without a deadline', async () => {
    const group = all(take(bucket));
    expect(await run(by(T, group), by(T + 1, group), by(0, group))).toEqual([
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

describe('a group with a key that is not ours', () => {
  it.each([
    ['first', all(take(bucket), take(window), hold(slots, 'x')), 'bucket'],
    ['in the middle', all(take(bucket), take(window), hold(slots, 'x')), 'window'],
    ['last', all(take(bucket), take(window), hold(slots, 'x')), 'slots'],
    ['behind one that passes', any(take(bucket), take(window)), 'window'],
    ['alone', all(take(bucket)), 'bucket'],
    ['with slots', all(takeAndHold(bucket, slots, { lease: 'x' })), 'slots'],
  ])('takes nothing, and leaves the others of its call alone: %s', async (_, group, key) => {
    await script.command('RPUSH', key, 'a');
    const other = all(take(bucketOf('other', 100_000, 1)));
    const answers = await script.runTogether(T, [other], [group, group], [other]);
    expect(answers).toEqual([
      { status: 'ok', told: [[1, 0]] },
      { status: 'foreign', told: [] },
      { status: 'foreign', told: [] },
      { status: 'ok', told: [[0, 100_000]] },
    ]);
    expect(await script.command('DBSIZE')).toBe(2);
  });

  it('is forgotten when that is asked for', async () => {
    await script.command('RPUSH', 'bucket', 'a');
    await script.run(T, forget('bucket', 'nothing'));
    expect(await script.command('DBSIZE')).toBe(0);
  });
});

describe('a proof', () => {
  it('writes a key and removes it', async () => {
    const { writes } = await script.snapshot();
    expect(await script.run(SERVER_TIME, probe('k'))).toEqual([{ status: 'ok', told: [] }]);
    const after = await script.snapshot();
    expect(after).toMatchObject({ values: {} });
    expect(after.writes).toBeGreaterThan(writes);
  });

  it('without a key is a sign of life', async () => {
    expect(await script.run(SERVER_TIME, probe())).toEqual([{ status: 'ok', told: [] }]);
  });
});

describe('a kind that no algorithm has', () => {
  const unknown = (kind: string) => ({ ...bucketOf('unknown', 100_000, 3), kind: kind as 'b' });
  const operations: readonly (readonly [name: string, of: (kind: string) => ScriptGroup])[] = [
    ['all', (kind) => all(take(unknown(kind)))],
    ['all of several', (kind) => all(take(bucket), take(unknown(kind)))],
    ['any', (kind) => any(take(unknown(kind)))],
    ['release', (kind) => release(unknown(kind), { cost: 1 })],
    ['late', (kind) => by(T - 1, all(take(unknown(kind))))],
  ];
  const kinds = ['x', 'xs', 'bx', 'ss', 'B'];

  it.each(operations)('fails the call and takes nothing: %s', async (_, of) => {
    for (const kind of kinds) {
      await expect(script.run(T, of(kind))).rejects.toThrow(`no algorithm has the kind ${kind}`);
    }
    expect(await script.command('DBSIZE')).toBe(0);
  });
});

describe('every key that is written', () => {
  it.each(GROUPS.filter(([, { operation }]) => operation !== 'reset'))(
    'has an end, by the clock of the server: %s',
    async (_, group) => {
      const minute = [bucketOf('bucket', 60_000_000, 3), windowOf('window', 3, 60_000)] as const;
      const taken = minute.map((units) => all(take(units, { cost: 3 })));
      await script.run(SERVER_TIME, ...taken, all(hold(slotsOf('slots', 2, 60_000), 'x')));
      await script.run(SERVER_TIME, group);
      const { expiries } = await script.snapshot();
      expect(Object.values(expiries).length).toBeGreaterThan(0);
      for (const expiry of Object.values(expiries)) expect(expiry).toBeGreaterThan(0);
    },
  );
});
