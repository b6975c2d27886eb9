import { describe, expect, it } from 'vitest';
import { newOperation, type PendingOperation } from './pending-operation.js';
import { coalesce } from './coalesce.js';

const one = 'b 1 0 1000 5';
const two = 'b 2 0 1000 5';

function anOperation(key: string, fields: string, dueMs = 100): PendingOperation {
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
  return coalesce(operations).map((each) =>
    each.operations.flatMap(({ operation }) => operation.keys),
  );
}

describe('operations of one call', () => {
  it('with the same fields are coalesced, wherever they stand', () => {
    const operations = [anOperation('a', one), anOperation('b', two), anOperation('c', one)];
    expect(keysOf(operations)).toEqual([['a', 'c'], ['b']]);
  });

  it('keep their order when they share a key but not their fields', () => {
    const operations = [
      anOperation('a', one),
      anOperation('a', two),
      anOperation('c', two),
      anOperation('a', one),
    ];
    expect(keysOf(operations)).toEqual([['a'], ['a', 'c'], ['a']]);
  });

  it('are executed before the first of their deadlines, or not at all', () => {
    const [coalesced] = coalesce([
      anOperation('a', one, 90),
      anOperation('b', one, 70),
      anOperation('c', one, 80),
    ]);
    expect(coalesced?.dueMs).toBe(70);
  });
});
