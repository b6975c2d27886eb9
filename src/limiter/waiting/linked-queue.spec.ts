import { describe, expect, it } from 'vitest';
import { LinkedQueue } from './linked-queue.js';

describe('a linked queue', () => {
  it.each([
    ['the first', 0, ['b', 'c']],
    ['one in the middle', 1, ['a', 'c']],
    ['the last', 2, ['a', 'b']],
  ])('removes %s and keeps the order of the others', (_, index, left) => {
    const queue = new LinkedQueue<string>();
    const nodes = ['a', 'b', 'c'].map((name) => queue.push(name));
    expect(queue.remove(nodes[index]!)).toBe(true);
    expect(queue.remove(nodes[index]!)).toBe(false);
    expect([...queue]).toEqual(left);
    expect(queue.first).toBe(left[0]);
  });

  it('can be used again after it was emptied', () => {
    const queue = new LinkedQueue<string>();
    queue.remove(queue.push('a'));
    expect(queue.first).toBeUndefined();
    queue.push('b');
    expect([...queue]).toEqual(['b']);
  });
});
