import { describe, expect, it } from 'vitest';
import {
  firstPlaceOf,
  isQueueUntouched,
  keepPlaces,
  leavePlaces,
  newPlaceQueue,
  placesAhead,
  type Newcomer,
} from './place-queue.js';

function since(leaseId: string, moment = 0): Newcomer {
  return { leaseId, since: moment };
}

function keep(queue = newPlaceQueue(), owner: string, atMs: number, ...newcomers: Newcomer[]) {
  return keepPlaces(queue, owner, { newcomers, mostPlaces: 5 }, atMs);
}

describe('D7: a queue of places', () => {
  it('tells how many come first, and no more than matter', () => {
    const queue = newPlaceQueue();
    keep(queue, 'o', 0, since('o:1'), since('o:2'));
    keep(queue, 'p', 0, since('p:3'));
    expect(placesAhead(queue, since('o:1'), 9, 0)).toBe(0);
    expect(placesAhead(queue, since('p:3'), 9, 0)).toBe(2);
    expect(placesAhead(queue, since('new'), 9, 0)).toBe(3);
    expect(placesAhead(queue, since('new'), 1, 0)).toBe(1);
  });

  it('does not count places that were not renewed for 50 ms', () => {
    const queue = newPlaceQueue();
    keep(queue, 'o', 0, since('o:1'));
    keep(queue, 'p', 20, since('p:1'));
    expect(placesAhead(queue, since('new'), 9, 49)).toBe(2);
    expect(placesAhead(queue, since('new'), 9, 50)).toBe(1);
    expect(isQueueUntouched(queue, 69)).toBe(false);
    expect(isQueueUntouched(queue, 70)).toBe(true);
  });

  it('gives a place that was lost back where it was', () => {
    const queue = newPlaceQueue();
    keep(queue, 'o', 1_000, since('o:1'));
    keep(queue, 'p', 1_010, since('p:1'));
    keep(queue, 'p', 1_055);
    expect([...queue.places.keys()]).toEqual(['p:1']);
    keep(queue, 'o', 1_060, since('o:1', 1_000_000));
    expect([...queue.places.keys()]).toEqual(['o:1', 'p:1']);
  });

  it('counts those who come first for one whose place was lost by when it came', () => {
    const queue = newPlaceQueue();
    keep(queue, 'p', 1_000, since('p:1'), since('p:2'));
    expect(placesAhead(queue, since('o:1', 1_000_001), 9, 1_000)).toBe(1);
  });

  it('has room for so many, and for the next when one leaves', () => {
    const queue = newPlaceQueue();
    const six = ['1', '2', '3', '4', '5', '6'].map((number) => since(`o:${number}`));
    expect(keep(queue, 'o', 0, ...six)).toBe(5);
    leavePlaces(queue, ['o:2', 'stranger']);
    expect(keep(queue, 'o', 0, ...six.filter(({ leaseId }) => leaseId !== 'o:2'))).toBe(5);
    expect([...queue.places.keys()].at(-1)).toBe('o:6');
  });

  it('names the first place to its owner only', () => {
    const queue = newPlaceQueue();
    keep(queue, 'o', 0, since('o:1'));
    keep(queue, 'p', 0, since('p:1'));
    expect([firstPlaceOf(queue, 'o'), firstPlaceOf(queue, 'p')]).toEqual(['o:1', null]);
  });
});
