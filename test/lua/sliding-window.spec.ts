import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectUnchanged } from './foreign-values.js';
import {
  all,
  any,
  release,
  take,
  windowOf,
  type Back,
  type ScriptOperation,
  type Wish,
} from './operations.js';
import { ScriptRunner, SERVER_TIME } from './script-runner.js';
import { readWindow } from './window-state.js';

const T_MS = 1_790_000_000_000;
const HOUR_MS = 3_600_000;

/** At most three units in any second. */
const three = windowOf('k', 3, 1_000);

let script: ScriptRunner;
beforeAll(async () => {
  script = await ScriptRunner.start();
});
beforeEach(async () => {
  await script.command('FLUSHALL');
});
afterAll(() => script.stop());

/** A moment of a test, in microseconds. */
function at(afterMs: number): number {
  return (T_MS + afterMs) * 1_000;
}

/** Takes units one after the other, at these moments. */
async function takeAt(...moments: readonly number[]): Promise<void> {
  for (const afterMs of moments) await script.ask(at(afterMs), take(three));
}

/** The moments of the log. */
async function log(): Promise<readonly number[]> {
  if ((await script.ttl('k')) < 0) return [];
  return readWindow(await script.bytes('k')).moments.map((moment) => moment - T_MS);
}

/** Code, remaining, retry, reset, more, wait and reservation. */
type Told = readonly [number, number, number, number, number, number, reservation: number];

describe('a window of 3 units in a second', () => {
  const timeline: readonly (readonly [atMs: number, wish: Wish, results: Told])[] = [
    [0, { cost: 0 }, [1, 3, 0, 0, 0, 0, 0]],
    [0, { cost: 1 }, [1, 2, 0, 1_000, 1_000, 0, 0]],
    [100, { cost: 1 }, [1, 1, 0, 1_000, 900, 0, 100]],
    [200, { cost: 2 }, [0, 1, 800, 900, 800, 0, 1_000]],
    [200, { cost: 1 }, [1, 0, 0, 1_000, 800, 0, 200]],
    [200, { cost: 0 }, [0, 0, 800, 1_000, 800, 0, 1_000]],
    [200, { cost: 1 }, [0, 0, 800, 1_000, 800, 0, 1_000]],
    [200, { cost: 3 }, [0, 0, 1_000, 1_000, 800, 0, 1_200]],
    [200, { cost: 4 }, [0, 0, -1, 1_000, 800, 0, 200]],
    [200, { cost: 4, maxWaitMs: 9_000 }, [0, 0, -1, 1_000, 800, 0, 200]],
    [999, { cost: 1 }, [0, 0, 1, 201, 1, 0, 1_000]],
    [1_000, { cost: 1 }, [1, 0, 0, 1_000, 100, 0, 1_000]],
    [1_000, { cost: 1, maxWaitMs: 99 }, [0, 0, 100, 1_000, 100, 0, 1_100]],
    [1_000, { cost: 1, maxWaitMs: 100 }, [1, 0, 0, 1_100, 200, 100, 1_100]],
    [1_000, { cost: 0 }, [0, 0, 200, 1_100, 200, 0, 1_200]],
    [2_099, { cost: 0 }, [1, 2, 0, 1, 1, 0, 2_099]],
    [2_100, { cost: 0 }, [1, 3, 0, 0, 0, 0, 2_100]],
    [2_100, { cost: 3 }, [1, 0, 0, 1_000, 1_000, 0, 2_100]],
  ];

  it('returns the whole verdict', async () => {
    const results = [];
    for (const [atMs, wish] of timeline) {
      const answer = await script.ask(at(atMs), take(three, wish));
      results.push([atMs, wish, answer.with(6, answer[6]! - T_MS)]);
    }
    expect(results).toEqual(timeline);
  });

  it('counts a unit from the beginning of its millisecond', async () => {
    await script.ask(at(0) + 999, take(three));
    expect(await log()).toEqual([0]);
    const results = await script.ask(at(1_000), take(three, { cost: 3 }));
    expect(results.slice(0, 2)).toEqual([1, 0]);
  });
});

describe('units released to a window', () => {
  it.each<[string, Back, left: readonly number[]]>([
    ['the newest first', { cost: 2 }, [0]],
    ['those of one reservation', { cost: 1, reservation: T_MS + 100 }, [0, 200]],
    ['no more than a reservation has', { cost: 3, reservation: T_MS + 100 }, [0, 200]],
    ['an unknown reservation: nothing', { cost: 1, reservation: T_MS + 1 }, [0, 100, 200]],
    ['all: nothing is stored', { cost: 3 }, []],
    ['more than were taken: nothing is stored', { cost: 100 }, []],
  ])('%s', async (_, back, left) => {
    await takeAt(0, 100, 200);
    await script.run(at(200), release(three, back));
    expect(await log()).toEqual(left);
  });

  it('from a reserved moment: the moment that it pushed out is restored', async () => {
    await takeAt(0, 100, 200);
    await script.ask(at(200), take(three, { maxWaitMs: 1_000 }));
    expect(await log()).toEqual([100, 200, 1_000]);
    await script.run(at(200), release(three, { cost: 1, reservation: T_MS + 1_000 }));
    expect(await log()).toEqual([0, 100, 200]);
  });

  it('so that nothing counts any more: nothing is stored', async () => {
    await takeAt(0, 900);
    await script.run(at(1_500), release(three, { cost: 1 }));
    expect(await log()).toEqual([]);
  });

  it('change nothing when nothing was taken', async () => {
    await expectUnchanged(script, at(0), release(three, { cost: 1 }));
  });
});

describe('a window that denies or is peeked at', () => {
  it.each<[string, Wish]>([
    ['has too few units left', { cost: 1 }],
    ['can never hold so many units', { cost: 4 }],
    ['has them too late', { cost: 1, maxWaitMs: 799 }],
    ['is peeked at', { cost: 0 }],
  ])('writes nothing when it %s', async (_, wish) => {
    await takeAt(0, 100, 200);
    await expectUnchanged(script, at(200), all(take(three, wish)));
  });

  it('writes nothing when it is untouched', async () => {
    await expectUnchanged(script, at(0), all(take(three, { cost: 0 })));
    await expectUnchanged(script, at(0), all(take(three, { cost: 4 })));
  });
});

describe('by the clock of the server', () => {
  const small = windowOf('k', 10, 60_000);
  const large = windowOf('k', 100, 60_000);

  it.each<[string, lifeMs: number, operations: readonly ScriptOperation[]]>([
    ['a unit', 60_000, [all(take(small))]],
    ['all units', 60_000, [all(take(small, { cost: 10 }))]],
    [
      'a moment',
      120_000,
      [all(take(small, { cost: 10 })), all(take(small, { maxWaitMs: 60_000 }))],
    ],
    ['released units', 60_000, [all(take(small, { cost: 5 })), release(small, { cost: 3 })]],
    ['a ring', 60_000, [all(take(large, { cost: 70 })), all(take(large))]],
    ['a smaller ring', 60_000, [all(take(large, { cost: 90 })), release(large, { cost: 2 })]],
  ])(
    'the TTL of a log lasts as long as it affects decisions: %s',
    async (_, lifeMs, operations) => {
      await script.run(SERVER_TIME, ...operations);
      const ttl = await script.ttl('k');
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual(lifeMs);
    },
  );
});

describe('when the clock goes back by an hour', () => {
  it('the log goes on from where it was', async () => {
    await takeAt(0, 100, 200);
    const refused = [0, 0, 800, 1_000, 800, 0, T_MS + 1_000];
    expect(await script.ask(at(200 - HOUR_MS), take(three))).toEqual(refused);
    const last = [0, 0, 1, 201, 1, 0, T_MS + 1_000];
    expect(await script.ask(at(999 - HOUR_MS), take(three))).toEqual(last);
    const allowed = [1, 0, 0, 1_000, 100, 0, T_MS + 1_000];
    expect(await script.ask(at(1_000 - HOUR_MS), take(three))).toEqual(allowed);
  });

  it('the log remembers by how much', async () => {
    await takeAt(0);
    await script.ask(at(-HOUR_MS), take(three, { cost: 0 }));
    const bytes = await script.bytes('k');
    expect(readWindow(bytes)).toMatchObject({ writtenMs: T_MS, driftMs: HOUR_MS });
  });

  const other = take(windowOf('other', 3, 1_000));

  it.each([
    ['a look', all(take(three, { cost: 0 }))],
    ['a denial', all(take(three, { cost: 3 }))],
    ['a call that can never pass', all(take(three, { cost: 4 }))],
    ['a call that passes', all(take(three))],
    ['a peek among others', all(other, take(three, { cost: 0 }))],
    ['a denial among others', all(other, take(three, { cost: 3 }))],
    ['a call that is not needed', any(other, take(three))],
  ])('%s writes that down, and the log ends in time', async (_, operation) => {
    await script.ask((await script.now()) + HOUR_MS * 1_000, take(three, { cost: 2 }));
    await script.run(SERVER_TIME, operation);
    expect(await script.ttl('k')).toBeGreaterThan(0);
    expect(await script.ttl('k')).toBeLessThanOrEqual(1_000);
  });

  it('repeatedly, between a unit that is taken and a peek: the verdict is the same', async () => {
    const steps = fc.array(
      fc.record({
        waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1_200 })),
        cost: fc.integer({ min: 0, max: 3 }),
        maxWaitMs: fc.constantFrom(0, 0, 500, 2_000),
        backMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: HOUR_MS })),
      }),
      { maxLength: 30 },
    );
    let histories = 0;
    const property = fc.asyncProperty(steps, async (history) => {
      histories += 1;
      const [steady, moved] = ['steady', 'moved'].map((name) =>
        windowOf(`${name}:${String(histories)}`, 3, 1_000),
      );
      let [nowMs, goneMs] = [0, 0];
      for (const { waitMs, cost, maxWaitMs, backMs } of history) {
        nowMs += waitMs;
        const results = await script.ask(at(nowMs), take(steady!, { cost, maxWaitMs }));
        const same = await script.ask(at(nowMs - goneMs), take(moved!, { cost, maxWaitMs }));
        expect(same).toEqual(results);
        if (cost === 0 || results[0] !== 1) continue;
        goneMs += backMs;
        await script.ask(at(nowMs - goneMs), take(moved!, { cost: 0 }));
      }
    });
    await fc.assert(property);
  });
});
