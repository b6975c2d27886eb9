import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CONTAINERS,
  expectForeign,
  expectUnchanged,
  text,
  type ForeignValue,
} from './foreign-values.js';
import { all, release, take, windowOf } from './operations.js';
import { ScriptRunner } from './script-runner.js';
import { makeWindow, readWindow, type WindowState } from './window-state.js';

const T_MS = 1_790_000_000_000;

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

/** Takes `cost` units of at most `limit` in a second; they must be there. */
async function takeAt(afterMs: number, cost: number, limit: number): Promise<void> {
  const results = await script.ask(at(afterMs), take(windowOf('k', limit, 1_000), { cost }));
  expect(results[0]).toBe(1);
}

/** Takes one unit in each millisecond, from one to another. */
async function takeEach(fromMs: number, toMs: number, limit: number): Promise<void> {
  for (let afterMs = fromMs; afterMs <= toMs; afterMs++) await takeAt(afterMs, 1, limit);
}

async function state(): Promise<WindowState> {
  const found = readWindow(await script.bytes('k'));
  return { ...found, moments: found.moments.map((moment) => moment - T_MS) };
}

/** The numbers from one to another. */
function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe('a log of up to 256 moments', () => {
  it('is as long as it must be', async () => {
    await takeEach(0, 2, 10);
    const written = { writtenMs: T_MS + 2, driftMs: 0 };
    expect(await state()).toEqual({ capacity: 3, first: 0, moments: [0, 1, 2], ...written });
  });

  it('loses what is a window old when something is taken', async () => {
    await takeEach(0, 9, 10);
    await takeAt(1_003, 2, 10);
    const moments = [4, 5, 6, 7, 8, 9, 1_003, 1_003];
    expect(await state()).toMatchObject({ capacity: 8, first: 0, moments });
  });

  it('becomes shorter with its limit', async () => {
    await takeEach(0, 9, 10);
    await takeAt(1_008, 1, 3);
    expect(await state()).toMatchObject({ capacity: 2, first: 0, moments: [9, 1_008] });
  });
});

describe('a log of more than 256 moments', () => {
  it('has room to grow, up to its limit', async () => {
    await takeAt(0, 256, 2_000);
    expect(await state()).toMatchObject({ capacity: 256 });
    await takeAt(1, 1, 2_000);
    expect(await state()).toMatchObject({ capacity: 514 });
    await takeAt(2, 257, 2_000);
    expect(await state()).toMatchObject({ capacity: 514 });
    await takeAt(3, 1_000, 2_000);
    expect(await state()).toMatchObject({ capacity: 2_000 });
  });

  it('is a ring: what is taken replaces what is a window old', async () => {
    await takeEach(0, 359, 400);
    await takeAt(1_009, 20, 400);
    const moments = [...range(10, 359), ...Array<number>(20).fill(1_009)];
    expect(await state()).toMatchObject({ capacity: 400, first: 10, moments });
  });

  it('is read around its end', async () => {
    await takeEach(0, 399, 400);
    for (const afterMs of range(1_000, 1_049)) await takeAt(afterMs, 1, 400);
    expect(await state()).toMatchObject({
      first: 50,
      moments: range(50, 399).concat(range(1_000, 1_049)),
    });
    const results = await script.ask(at(1_049), take(windowOf('k', 400, 1_000), { cost: 360 }));
    // The 360th of its moments is the tenth of those at its beginning.
    expect(results.slice(0, 3)).toEqual([0, 0, 1_009 + 1_000 - 1_049]);
  });

  it.each([
    ['grows', 540, 540, 0],
    ['becomes smaller', 380, 380, 0],
    ['becomes small', 30, 30, 0],
  ])('keeps its order when its limit %s', async (_, limit, capacity, first) => {
    await takeEach(0, 399, 400);
    for (const afterMs of range(1_000, 1_049)) await takeAt(afterMs, 1, 400);
    const kept = range(50, 399).concat(range(1_000, 1_049));
    const cost = limit > 400 ? 20 : 1;
    const waitMs = limit > 400 ? 1_049 : 2_040;
    await takeAt(waitMs, cost, limit);
    const active = kept.filter((moment) => moment > waitMs - 1_000).slice(-(limit - cost));
    const moments = [...active, ...Array<number>(cost).fill(waitMs)];
    expect(await state()).toMatchObject({ first, moments });
    expect((await state()).capacity).toBeLessThanOrEqual(capacity);
  });

  it('keeps its order when units are released', async () => {
    await takeEach(0, 399, 400);
    await takeEach(1_000, 1_049, 400);
    await script.run(at(1_049), release(windowOf('k', 400, 1_000), { cost: 2 }));
    const moments = range(50, 399).concat(range(1_000, 1_047));
    expect(await state()).toMatchObject({ capacity: 400, first: 50, moments });
  });
});

describe('a full log of 10,000 moments', () => {
  const large = windowOf('k', 10_000, 1_000);

  /** How often a command was called since `CONFIG RESETSTAT`. */
  async function callsOf(command: string): Promise<number> {
    const stats = await script.server.info('commandstats');
    return Number(/calls=(\d+)/.exec(stats[`cmdstat_${command}`] ?? '')?.[1] ?? 0);
  }

  it.each([
    ['a call that passes', 1_500, {}, 1],
    ['a denial', 999, {}, 0],
    ['a look', 1_500, { cost: 0 }, 0],
  ])('is read in a few entries and written in one by %s', async (_, afterMs, wish, writes) => {
    for (const moment of range(0, 99)) {
      await script.ask(at(10 * moment), take(large, { cost: 100 }));
    }
    await script.command('CONFIG', 'RESETSTAT');
    await script.ask(at(afterMs), take(large, wish));
    expect(await callsOf('getrange')).toBeLessThanOrEqual(32);
    // A slot and the header.
    expect(await callsOf('setrange')).toBe(2 * writes);
    expect(await callsOf('set')).toBe(0);
  });
});

describe('a key of a log with a foreign value', () => {
  const three = windowOf('k', 3, 1_000);
  const json = JSON.stringify({ id: 'abcdefghijklmnop', name: 'somebody', roles: ['admin'] });
  const others: readonly ForeignValue[] = [
    ...CONTAINERS,
    ...['7', 'abc', 'nan12'].map((each) => text(each)),
    text('179000000010000017', 'the state of a bucket'),
    text('a'.repeat(1_000), 'a long text'),
    text(json, 'JSON'),
    text(makeWindow({ capacity: 1, size: 1 }, 1).subarray(1), 'a log without its first byte'),
    text(Buffer.alloc(29), 'a log without capacity'),
    text(makeWindow({ capacity: 2, size: 3 }, 2), 'a log that is larger than its capacity'),
    text(makeWindow({ capacity: 2, size: 1, first: 2 }, 2), 'a log that begins behind its end'),
    text(makeWindow({ capacity: 3, size: 1 }, 2), 'a log with a slot too few'),
    text(makeWindow({ capacity: 3, size: 1 }, 4), 'a log with a slot too many'),
    text(makeWindow({ capacity: 400, size: 360 }, 320), 'a ring with slots too few'),
    text(makeWindow({ capacity: 400, size: 360 }, 401), 'a ring with a slot too many'),
  ];

  it.each(others)('%s is a foreign value and left unchanged', async (_, plant) => {
    await script.command(...plant('k'));
    const other = all(take(windowOf('other', 3, 1_000)));
    await expectForeign(script, at(0), [other, all(take(three)), other]);
    expect(readWindow(await script.bytes('other')).moments).toEqual([T_MS, T_MS]);
  });

  it.each(others)('%s releases nothing', async (_, plant) => {
    await script.command(...plant('k'));
    await expectUnchanged(script, at(0), release(three, { cost: 1 }));
  });
});
