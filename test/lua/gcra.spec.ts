import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CONTAINERS,
  expectForeign,
  expectUnchanged,
  text,
  type ForeignValue,
} from './foreign-values.js';
import {
  all,
  any,
  bucketOf,
  release,
  take,
  type ScriptOperation,
  type Wish,
} from './operations.js';
import { ScriptRunner, SERVER_TIME } from './script-runner.js';
import { makeWindow } from './window-state.js';

const T = 1_790_000_000_000_000;
const HOUR = 3_600_000_000;
const INTERVAL = 100_000;

/** Three units at once, and another one every 100 ms. */
const three = bucketOf('k', INTERVAL, 3);

let script: ScriptRunner;
beforeAll(async () => {
  script = await ScriptRunner.start();
});
beforeEach(async () => {
  await script.command('FLUSHALL');
});
afterAll(() => script.stop());

/** The state as it is stored. */
async function state(key = 'k'): Promise<string> {
  return String(await script.command('GET', key));
}

describe('a bucket of 3 with a unit every 100 ms', () => {
  const timeline: readonly (readonly [atUs: number, wish: Wish, results: readonly number[]])[] = [
    [0, { cost: 0 }, [1, 0]],
    [0, { cost: 1 }, [1, 0]],
    [0, { cost: 2 }, [1, 100_000]],
    [0, { cost: 0 }, [0, 300_000]],
    [0, { cost: 1 }, [0, 300_000]],
    [0, { cost: 4 }, [0, 300_000]],
    [0, { cost: 4, maxWaitMs: 10_000 }, [0, 300_000]],
    [99_999, { cost: 1 }, [0, 200_001]],
    [100_000, { cost: 1 }, [1, 200_000]],
    [100_000, { cost: 1, maxWaitMs: 99 }, [0, 300_000]],
    [100_000, { cost: 1, maxWaitMs: 100 }, [1, 300_000]],
    [100_000, { cost: 0 }, [0, 400_000]],
    [499_999, { cost: 0 }, [1, 1]],
    [500_000, { cost: 0 }, [1, 0]],
    [900_000, { cost: 3 }, [1, 0]],
    [900_000, { cost: 1 }, [0, 300_000]],
  ];

  it('returns a code and how many microseconds of it were used before', async () => {
    const results = [];
    for (const [atUs, wish] of timeline) {
      results.push([atUs, wish, await script.ask(T + atUs, take(three, wish))]);
    }
    expect(results).toEqual(timeline);
  });
});

describe('the state of a bucket', () => {
  it.each([
    ['1 microsecond', 1, '179000000000000101'],
    ['less than 2^17 microseconds', 131_071, '179000000013107117'],
    ['2^17 microseconds', 131_072, '179000000013107218'],
    ['100 ms', 100_000, '179000000010000017'],
    ['a day', 86_400_000_000, '179008640000000037'],
    ['a year', 31_536_000_000_000, '182153600000000045'],
  ])('is the arrival time and its magnitude when %s of it is used', async (_, used, digits) => {
    await script.ask(T, take(bucketOf('k', used, 1)));
    expect(await state()).toBe(digits);
  });

  it('keeps every digit of the time', async () => {
    await script.ask(T + 123_457, take(three));
    expect(await state()).toBe('179000000022345717');
  });

  it('begins at now when the arrival time has passed', async () => {
    await script.ask(T, take(three));
    await script.ask(T + 5_000_000, take(three));
    expect(await state()).toBe('179000000510000017');
  });
});

describe('units released to a bucket', () => {
  const reservation = (units: number): number => T + units * INTERVAL;

  it.each([
    ['the last reservation', { cost: 1, reservation: reservation(3) }, '179000000020000018'],
    ['any unit', { cost: 1 }, '179000000020000018'],
    ['any two units', { cost: 2 }, '179000000010000017'],
    [
      'an older reservation: they stay taken',
      { cost: 1, reservation: reservation(1) },
      '179000000030000019',
    ],
    ['an unknown reservation: nothing', { cost: 1, reservation: 1 }, '179000000030000019'],
    ['all units: nothing is stored', { cost: 3 }, 'null'],
    ['more units than were taken: nothing is stored', { cost: 100 }, 'null'],
  ])('%s', async (_, back, left) => {
    for (let unit = 0; unit < 3; unit++) await script.ask(T, take(three));
    await script.run(T, release(three, back));
    expect(await state()).toBe(left);
  });

  it('change nothing when nothing was taken', async () => {
    await expectUnchanged(script, T, release(three, { cost: 1 }));
  });
});

describe('a bucket that denies or is peeked at', () => {
  it.each<[string, Wish]>([
    ['has too few units left', { cost: 1 }],
    ['can never hold so many units', { cost: 4 }],
    ['has them too late', { cost: 1, maxWaitMs: 99 }],
    ['is peeked at', { cost: 0 }],
  ])('writes nothing when it %s', async (_, wish) => {
    await script.ask(T, take(three, { cost: 3 }));
    await expectUnchanged(script, T, all(take(three, wish)));
  });

  it('writes nothing when it is untouched', async () => {
    await expectUnchanged(script, T, all(take(three, { cost: 0 })));
    await expectUnchanged(script, T, all(take(three, { cost: 4 })));
  });
});

describe('by the clock of the server', () => {
  /** Ten units at once, and another one every ten seconds. */
  const slow = bucketOf('k', 10_000_000, 10);

  it.each<[string, lifeMs: number, operations: readonly ScriptOperation[]]>([
    ['a unit', 10_000, [all(take(slow))]],
    ['all units', 100_000, [all(take(slow, { cost: 10 }))]],
    ['a moment', 110_000, [all(take(slow, { cost: 10 })), all(take(slow, { maxWaitMs: 10_000 }))]],
    ['released units', 20_000, [all(take(slow, { cost: 5 })), release(slow, { cost: 3 })]],
  ])(
    'the TTL of a bucket lasts as long as it affects decisions: %s',
    async (_, lifeMs, operations) => {
      await script.run(SERVER_TIME, ...operations);
      const ttl = await script.ttl('k');
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual(lifeMs);
    },
  );
});

describe('when the clock goes back by an hour', () => {
  const ten = bucketOf('k', INTERVAL, 10);

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    '%i of 10 units stay taken, for at most twice the time, and for no more than are taken',
    async (cost) => {
      await script.ask(T, take(ten, { cost }));
      const [, used = 0] = await script.ask(T - HOUR, take(ten, { cost: 0 }));
      expect(used).toBeGreaterThanOrEqual(cost * INTERVAL);
      expect(used).toBeLessThanOrEqual(2 * cost * INTERVAL);
      expect(await script.ask(T - HOUR + used - 1, take(ten, { cost: 0 }))).toEqual([1, 1]);
      expect(await script.ask(T - HOUR + used, take(ten, { cost: 10 }))).toEqual([1, 0]);
    },
  );

  it('repeatedly, units stay taken for at most twice the time', async () => {
    await script.ask(T, take(ten, { cost: 10 }));
    for (let hours = 1; hours <= 5; hours++) {
      const [, used] = await script.ask(T - hours * HOUR, take(ten, { cost: 0 }));
      expect(used).toBeLessThanOrEqual(2 * 10 * INTERVAL);
    }
  });

  const other = take(bucketOf('other', INTERVAL, 10));

  it.each([
    ['a look', all(take(ten, { cost: 0 }))],
    ['a denial', all(take(ten, { cost: 10 }))],
    ['a call that can never pass', all(take(ten, { cost: 11 }))],
    ['a call that passes', all(take(ten, { maxWaitMs: 10_000 }))],
    ['a peek among others', all(other, take(ten, { cost: 0, maxWaitMs: 10_000 }))],
    ['a denial among others', all(other, take(ten, { cost: 10 }))],
    ['a call that is not needed', any(other, take(ten, { maxWaitMs: 10_000 }))],
  ])('%s writes down what is left, and it ends in time', async (_, operation) => {
    await script.ask((await script.now()) + HOUR, take(ten, { cost: 10 }));
    await script.run(SERVER_TIME, operation);
    expect(await script.ttl('k')).toBeGreaterThan(0);
    expect(await script.ttl('k')).toBeLessThanOrEqual(2_200);
    const [, used] = await script.ask(SERVER_TIME, take(ten, { cost: 0 }));
    expect(used).toBeLessThanOrEqual(2_200_000);
  });
});

describe('a key of a bucket with a foreign value', () => {
  const others: readonly ForeignValue[] = [
    ...CONTAINERS,
    ...['', '7', '17', 'abc', 'nan12', 'inf12', '-179000000000000017'].map((each) => text(each)),
    text('1790000000000099', 'a number of another layout'),
    text('900719925474099217', 'a number that cannot be exact'),
    text(Buffer.from([0xff, 0x00, 0x31, 0x37]), 'some bytes'),
    text(makeWindow({ capacity: 1, size: 1 }, 1), 'the state of a window'),
  ];

  it.each(others)('%s is a foreign value and left unchanged', async (_, plant) => {
    await script.command(...plant('k'));
    const other = all(take(bucketOf('other', INTERVAL, 3)));
    await expectForeign(script, T, [other, all(take(three)), other]);
    expect(await state('other')).toBe('179000000020000018');
  });

  it.each(others)('%s releases nothing', async (_, plant) => {
    await script.command(...plant('k'));
    await expectUnchanged(script, T, release(three, { cost: 1 }));
  });
});
