import { describe, expect, it } from 'vitest';
import { newGroup, type Group } from './group.js';
import { runsOf } from './runs.js';

const one = 'b 1 0 1000 5';
const two = 'b 2 0 1000 5';

function aGroup(key: string, fields: string, dueMs = 100): Group {
  return newGroup({
    question: { operation: 'all', keys: [key], fields, requests: 1, integers: 2, work: 1 },
    slot: 0,
    dueMs,
    isRepeatable: false,
    onReply: () => undefined,
    onFailure: () => undefined,
  });
}

function keysOf(groups: readonly Group[]): readonly (readonly string[])[] {
  return runsOf(groups).map((run) => run.groups.flatMap(({ question }) => question.keys));
}

describe('groups of one call', () => {
  it('that ask the same are one run, wherever they stand', () => {
    const groups = [aGroup('a', one), aGroup('b', two), aGroup('c', one)];
    expect(keysOf(groups)).toEqual([['a', 'c'], ['b']]);
  });

  it('keep their order when a key is asked about in two ways', () => {
    const groups = [aGroup('a', one), aGroup('a', two), aGroup('c', two), aGroup('a', one)];
    expect(keysOf(groups)).toEqual([['a'], ['a', 'c'], ['a']]);
  });

  it('are done before the first of their deadlines, or not at all', () => {
    const [run] = runsOf([aGroup('a', one, 90), aGroup('b', one, 70), aGroup('c', one, 80)]);
    expect(run?.dueMs).toBe(70);
  });
});
