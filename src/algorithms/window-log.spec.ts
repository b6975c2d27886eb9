import { describe, expect, it } from 'vitest';
import { logOf, momentsOf } from '../../test/support/window-logs.js';
import { append, countUntil, emptyLog, momentAt } from './window-log.js';

describe('the log of a window', () => {
  it('occupies no memory before its first moment', () => {
    expect(emptyLog().ring).toHaveLength(0);
    expect(momentsOf(emptyLog())).toEqual([]);
  });

  it('grows with its use, by doubling, up to the limit', () => {
    const log = emptyLog();
    const lengths = Array.from({ length: 12 }, (_, moment) => {
      append(log, moment, 1, 10);
      return log.ring.length;
    });
    expect(lengths).toEqual([1, 2, 4, 4, 8, 8, 8, 8, 10, 10, 10, 10]);
  });

  it('overwrites the oldest when it holds as many moments as the limit', () => {
    const log = emptyLog();
    for (let moment = 0; moment < 25; moment++) append(log, moment, 1, 10);
    expect(momentsOf(log)).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
    expect(momentAt(log, 0)).toBe(15);
    expect(momentAt(log, 9)).toBe(24);
  });

  it('appends several units at once, also across the end of the ring', () => {
    const log = emptyLog();
    append(log, 1, 3, 5);
    append(log, 2, 4, 5);
    expect(momentsOf(log)).toEqual([1, 2, 2, 2, 2]);
    append(log, 3, 5, 5);
    expect(momentsOf(log)).toEqual([3, 3, 3, 3, 3]);
  });

  it('keeps its order when it grows after it has wrapped', () => {
    const log = emptyLog();
    for (let moment = 0; moment < 7; moment++) append(log, moment, 1, 4);
    append(log, 7, 1, 8);
    expect(momentsOf(log)).toEqual([3, 4, 5, 6, 7]);
    for (let moment = 8; moment < 12; moment++) append(log, moment, 1, 8);
    expect(momentsOf(log)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('keeps the newest when a limit is lowered after it has wrapped', () => {
    const log = emptyLog();
    for (let moment = 0; moment < 7; moment++) append(log, moment, 1, 4);
    append(log, 7, 1, 3);
    expect(momentsOf(log)).toEqual([5, 6, 7]);
    expect(log.ring).toHaveLength(3);
  });

  it.each([
    [-1, 0],
    [2.5, 0],
    [3, 2],
    [4.99, 2],
    [5, 5],
    [8, 5],
    [9, 6],
    [99, 6],
  ])('counts the moments until %d in a ring that has wrapped: %d', (moment, count) => {
    const log = emptyLog();
    append(log, 1, 2, 6);
    append(log, 3, 2, 6);
    append(log, 5, 3, 6);
    append(log, 9, 1, 6);
    expect(momentsOf(log)).toEqual([3, 3, 5, 5, 5, 9]);
    expect(countUntil(log, moment)).toBe(count);
  });

  it('counts none in an empty log', () => {
    expect(countUntil(emptyLog(), 0)).toBe(0);
  });

  it('can be created from moments', () => {
    const log = logOf([1, 2, 3]);
    append(log, 4, 1, 4);
    expect(momentsOf(log)).toEqual([1, 2, 3, 4]);
  });
});
