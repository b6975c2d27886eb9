import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectForeign, expectUnchanged } from './foreign-values.js';
import {
  all,
  bucketOf,
  releaseAll,
  hold,
  slotsOf,
  take,
  takeAndHold,
  windowOf,
} from './operations.js';
import { ScriptRunner } from './script-runner.js';

const T_MS = 1_790_000_000_000;
const T = T_MS * 1_000;

let script: ScriptRunner;
beforeAll(async () => {
  script = await ScriptRunner.start();
});
beforeEach(async () => {
  await script.command('FLUSHALL');
});
afterAll(() => script.stop());

describe.each([
  ['a bucket', bucketOf('units', 1_000_000, 3), [0], [3_000_000]],
  [
    'a window',
    windowOf('units', 3, 3_000),
    [3, 0, 0, 0, 0, T_MS],
    [0, 3_000, 3_000, 3_000, 0, T_MS + 3_000],
  ],
])('%s with slots', (_, units, untouched, exhausted) => {
  const one = slotsOf('slots', 1, 1_000);

  it('takes both', async () => {
    const [code] = await script.ask(T, takeAndHold(units, one, { lease: 'x', cost: 2 }));
    expect(code).toBe(1);
    expect(await script.ask(T, hold(one, '-'))).toEqual([2, 0, 1_000, 1_000]);
    const [again] = await script.ask(T, take(units, { cost: 2 }));
    expect(again).toBe(0);
  });

  it('takes a slot alone when it costs nothing', async () => {
    await script.ask(T, takeAndHold(units, one, { lease: 'x', cost: 0 }));
    expect(await script.command('KEYS', '*')).toEqual(['slots']);
  });

  it('takes nothing without units', async () => {
    await script.ask(T, take(units, { cost: 3 }));
    const results = await script.ask(T, takeAndHold(units, one, { lease: 'x' }));
    expect(results).toEqual([0, ...exhausted, 1, 0, 1_000, 1_000]);
    expect(await script.command('EXISTS', 'slots')).toBe(0);
  });

  it('takes nothing without a slot', async () => {
    await script.ask(T, hold(one, 'x'));
    await expectUnchanged(script, T, all(takeAndHold(units, one, { lease: 'y' })));
  });

  it('is peeked at as a whole', async () => {
    await script.ask(T, hold(one, 'x'));
    const results = await script.ask(T, takeAndHold(units, one, { lease: '-', cost: 0 }));
    expect(results).toEqual([1, ...untouched, 2, 0, 1_000, 1_000]);
  });

  it('releases both', async () => {
    await script.ask(T, takeAndHold(units, one, { lease: 'x' }));
    await script.run(T, releaseAll(units, one, { lease: 'x', cost: 1 }));
    expect(await script.command('EXISTS', 'units', 'slots')).toBe(0);
  });

  it.each([
    ['units', 'slots'],
    ['slots', 'units'],
  ])('takes nothing when its %s are not ours', async (foreign) => {
    await script.command('RPUSH', foreign, 'a');
    const other = all(take(bucketOf('other', 1_000, 10)));
    const both = all(takeAndHold(units, one, { lease: 'x' }));
    await expectForeign(script, T, [other, both, other]);
    expect(await script.command('DBSIZE')).toBe(2);
  });

  it('releases a slot when the key of its units has a foreign value', async () => {
    await script.ask(T, takeAndHold(units, one, { lease: 'x' }));
    await script.command('DEL', 'units');
    await script.command('RPUSH', 'units', 'a');
    await script.run(T, releaseAll(units, one, { lease: 'x', cost: 1 }));
    expect(await script.command('KEYS', '*')).toEqual(['units']);
  });
});
