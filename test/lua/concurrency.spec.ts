import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CONTAINERS, expectForeign, expectUnchanged, text } from './foreign-values.js';
import { all, hold, freeSlot, renew, slotsOf, type ScriptOperation } from './operations.js';
import { ScriptRunner, SERVER_TIME } from './script-runner.js';

const T_MS = 1_790_000_000_000;
const HOUR_MS = 3_600_000;

/** Two slots, for a second each. */
const two = slotsOf('k', 2, 1_000);

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

/** The leases and the moments at which they end. */
async function leases(key = 'k'): Promise<readonly (readonly [string, number])[]> {
  const flat = (await script.command('ZRANGE', key, 0, -1, 'WITHSCORES')) as readonly string[];
  return flat.flatMap((lease, index) =>
    index % 2 === 0 ? [[lease, Number(flat[index + 1]) - T_MS] as const] : [],
  );
}

describe('two slots for a second each', () => {
  const timeline: readonly (readonly [atMs: number, lease: string, results: readonly number[]])[] =
    [
      [0, '-', [1, 2, 0, 0]],
      [0, 'x', [1, 1, 1_000, 1_000]],
      [0, 'x', [1, 0, 1_000, 1_000]],
      [300, '-', [1, 1, 700, 700]],
      [300, 'y', [1, 0, 700, 1_000]],
      [300, '-', [2, 0, 700, 1_000]],
      [300, 'z', [2, 0, 700, 1_000]],
      [300, 'x', [2, 0, 700, 1_000]],
      [999, 'z', [2, 0, 1, 301]],
      [1_000, 'z', [1, 0, 300, 1_000]],
      [2_000, '-', [1, 2, 0, 0]],
    ];

  it('return a code, the remaining slots, and when the next and all of them are free', async () => {
    const results = [];
    for (const [atMs, lease] of timeline) {
      results.push([atMs, lease, await script.ask(at(atMs), hold(two, lease))]);
    }
    expect(results).toEqual(timeline);
  });

  it('wait for all excess leases, once there are fewer slots', async () => {
    await script.ask(at(0), hold(two, 'x'));
    await script.ask(at(300), hold(two, 'y'));
    expect(await script.ask(at(300), hold(slotsOf('k', 1, 1_000), 'z'))).toEqual([
      2, 0, 1_000, 1_000,
    ]);
  });

  it('report leases in the order in which they end, whenever they were taken', async () => {
    await script.ask(at(0), hold(slotsOf('k', 3, 5_000), 'long'));
    await script.ask(at(0), hold(slotsOf('k', 3, 1_000), 'short'));
    const [, ...results] = await script.ask(at(0), hold(slotsOf('k', 3, 2_000), 'between'));
    expect(results).toEqual([0, 1_000, 5_000]);
  });
});

describe('the state of slots', () => {
  it('holds each lease with the moment at which it ends', async () => {
    await script.ask(at(0), hold(two, 'x'));
    await script.ask(at(0) + 1, hold(two, 'y'));
    expect(await leases()).toEqual([
      ['x', 1_000],
      ['y', expect.closeTo(1_000.001, 3)],
    ]);
  });

  it('loses leases that have ended when one is taken', async () => {
    await script.ask(at(0), hold(two, 'x'));
    await script.ask(at(1_000), hold(two, 'y'));
    expect(await leases()).toEqual([['y', 2_000]]);
  });

  it('is empty when the last lease is released', async () => {
    await script.ask(at(0), hold(two, 'x'));
    await script.run(at(0), freeSlot(two, 'x'));
    expect(await script.command('EXISTS', 'k')).toBe(0);
  });
});

describe('a lease', () => {
  it.each([
    ['is renewed before it ends', 999, 'x', 1],
    ['is not renewed when it has ended', 1_000, 'x', 0],
    ['is not renewed when it does not exist', 0, 'stranger', 0],
  ])('is prolonged %s', async (_, atMs, lease, renewed) => {
    await script.ask(at(0), hold(two, 'x'));
    expect(await script.run(at(atMs), renew(two, lease))).toEqual([
      { status: 'ok', results: [[renewed]] },
    ]);
    expect(await leases()).toEqual([['x', renewed === 1 ? atMs + 1_000 : 1_000]]);
  });

  it.each([
    ['its own slot', 'x', [['y', 1_000]]],
    [
      'no slot of another lease',
      'stranger',
      [
        ['x', 1_000],
        ['y', 1_000],
      ],
    ],
  ])('frees %s', async (_, lease, left) => {
    await script.ask(at(0), hold(two, 'x'));
    await script.ask(at(0), hold(two, 'y'));
    await script.run(at(0), freeSlot(two, lease));
    expect(await leases()).toEqual(left);
  });
});

describe('slots that are denied or peeked at', () => {
  it.each<[string, ScriptOperation]>([
    ['are all held', all(hold(two, 'z'))],
    ['are peeked at', all(hold(two, '-'))],
    ['are renewed by an unknown lease', renew(two, 'stranger')],
    ['are released by an unknown lease', freeSlot(two, 'stranger')],
  ])('write nothing when they %s', async (_, operation) => {
    await script.ask(at(0), hold(two, 'x'));
    await script.ask(at(0), hold(two, 'y'));
    await expectUnchanged(script, at(0), operation);
  });

  it('write nothing when they are untouched', async () => {
    await expectUnchanged(script, at(0), all(hold(two, '-')));
  });
});

describe('by the clock of the server', () => {
  const [long, short] = [slotsOf('k', 4, 60_000), slotsOf('k', 4, 10_000)];

  it.each<[string, lifeMs: number, operations: readonly ScriptOperation[]]>([
    ['one', 60_000, [all(hold(long, 'x'))]],
    ['the longest of two', 60_000, [all(hold(long, 'x')), all(hold(short, 'y'))]],
    ['one that is renewed', 10_000, [all(hold(long, 'x')), renew(short, 'x')]],
    [
      'the one that is left',
      10_000,
      [all(hold(long, 'x')), all(hold(short, 'y')), freeSlot(long, 'x')],
    ],
  ])('slots live as long as a lease: %s', async (_, lifeMs, operations) => {
    await script.run(SERVER_TIME, ...operations);
    const ttl = await script.ttl('k');
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(lifeMs);
  });
});

describe('when the clock goes back by an hour', () => {
  it('a holder renews its lease, and the lease ends in time', async () => {
    await script.ask(at(0), hold(two, 'x'));
    await script.run(at(-HOUR_MS), renew(two, 'x'));
    expect(await leases()).toEqual([['x', 1_000 - HOUR_MS]]);
  });

  it('a holder can release its slot', async () => {
    await script.ask(at(0), hold(two, 'x'));
    await script.run(at(-HOUR_MS), freeSlot(two, 'x'));
    expect(await script.ask(at(-HOUR_MS), hold(two, '-'))).toEqual([1, 2, 0, 0]);
  });
});

describe('a key of slots with a foreign value', () => {
  const others = [...CONTAINERS, text('abc'), text('179000000010000017')];

  it.each(others)('%s is a foreign value and left unchanged', async (_, plant) => {
    await script.command(...plant('k'));
    const other = slotsOf('other', 5, 1_000);
    await expectForeign(script, at(0), [
      all(hold(other, 'x')),
      all(hold(two, 'y')),
      all(hold(other, 'z')),
    ]);
    expect(await leases('other')).toEqual([
      ['x', 1_000],
      ['z', 1_000],
    ]);
  });

  it.each(others)('%s releases no lease and renews none', async (_, plant) => {
    await script.command(...plant('k'));
    await expectUnchanged(script, at(0), freeSlot(two, 'x'));
    await expectUnchanged(script, at(0), renew(two, 'x'));
    expect(await script.run(at(0), renew(two, 'x'))).toEqual([{ status: 'ok', results: [[0]] }]);
  });
});
