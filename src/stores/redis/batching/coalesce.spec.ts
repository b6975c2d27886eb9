import { describe, expect, it } from 'vitest';
import { newOperation, type PendingOperation } from './pending-operation.js';
import { coalesce } from './coalesce.js';

const one = 'b 1 0 1000 5';
const two = 'b 2 0 1000 5';

function aGroup(key: string, fields: string, dueMs = 100): PendingOperation {
  return newOperation({
    operation: { kind: 'all', keys: [key], fields, requests: 1, integers: 2, work: 1 },
    hashSlot: 0,
    dueMs,
    isRepeatable: false,
    onReply: () => undefined,
    onFailure: () => undefined,
  });
}

function keysOf(operations: readonly PendingOperation[]): readonly (readonly string[])[] {
  return coalesce(operations).map((run) =>
    run.operations.flatMap(({ operation }) => operation.keys),
  );
}

describe('groups of one call', () => {
  it('that ask the same are one run, wherever they stand', () => {
    const operations = [aGroup('a', one), aGroup('b', two), aGroup('c', one)];
    expect(keysOf(operations)).toEqual([['a', 'c'], ['b']]);
  });

  it('keep their order when a key is asked about in two ways', () => {
    const operations = [aGroup('a', one), aGroup('a', two), aGroup('c', two), aGroup('a', one)];
    expect(keysOf(operations)).toEqual([['a'], ['a', 'c'], ['a']]);
  });

  it('are done before the first of their deadlines, or not at all', () => {
    const [run] = coalesce([aGroup('a', one, 90), aGroup('b', one, 70), aGroup('c', one, 80)]);
    expect(run?.dueMs).toBe(70);
  });
});
