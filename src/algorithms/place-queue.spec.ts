import { describe, expect, it } from 'vitest';
import {
  firstPlaceOf,
  isQueueUntouched,
  keepPlaces,
  leavePlaces,
  newPlaceQueue,
  placesAhead,
  type WaitingRequest,
} from './place-queue.js';

function since(leaseId: string, moment = 0): WaitingRequest {
  return { leaseId, since: moment };
}

function keep(queue = newPlaceQueue(), owner: string, atMs: number, ...requests: WaitingRequest[]) {
  return keepPlaces(queue, owner, { requests, mostPlaces: 5 }, atMs);
}

describe('D7: a queue of places', () => {
  it('counts the places ahead, up to the number that matters', () => {
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

  it('restores a lost place to its position', () => {
    const queue = newPlaceQueue();
    keep(queue, 'o', 1_000, since('o:1'));
    keep(queue, 'p', 1_010, since('p:1'));
    keep(queue, 'p', 1_055);
    expect([...queue.places.keys()]).toEqual(['p:1']);
    keep(queue, 'o', 1_060, since('o:1', 1_000_000));
    expect([...queue.places.keys()]).toEqual(['o:1', 'p:1']);
  });

  it('counts the places ahead of a lost place by its arrival', () => {
    const queue = newPlaceQueue();
    keep(queue, 'p', 1_000, since('p:1'), since('p:2'));
    expect(placesAhead(queue, since('o:1', 1_000_001), 9, 1_000)).toBe(1);
  });

  it('is full at its limit, and has a place again when a request leaves', () => {
    const queue = newPlaceQueue();
    const six = ['1', '2', '3', '4', '5', '6'].map((number) => since(`o:${number}`));
    expect(keep(queue, 'o', 0, ...six)).toBe(5);
    leavePlaces(queue, ['o:2', 'stranger']);
    expect(keep(queue, 'o', 0, ...six.filter(({ leaseId }) => leaseId !== 'o:2'))).toBe(5);
    expect([...queue.places.keys()].at(-1)).toBe('o:6');
  });

  it('returns the first place to its owner only', () => {
    const queue = newPlaceQueue();
    keep(queue, 'o', 0, since('o:1'));
    keep(queue, 'p', 0, since('p:1'));
    expect([firstPlaceOf(queue, 'o'), firstPlaceOf(queue, 'p')]).toEqual(['o:1', null]);
  });
});
