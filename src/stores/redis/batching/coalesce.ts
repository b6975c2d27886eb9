import type { Operation } from '../protocol/operation.js';
import type { PendingOperation } from './pending-operation.js';

/** Operations that differ only in their keys: a call holds one copy of their fields. */
export interface CoalescedOperations {
  readonly operation: Operation;
  readonly operations: PendingOperation[];
  /** The first of their deadlines, so that none of them is executed too late. */
  dueMs: number;
}

/**
 * Coalesces operations.
 *
 * Operations are independent, so their order does not matter unless two of the results share a key:
 * then only neighbours are coalesced, and operations on a key keep their order.
 */
export function coalesce(operations: readonly PendingOperation[]): readonly CoalescedOperations[] {
  const coalesced: CoalescedOperations[] = [];
  for (const pending of operations) {
    const alike = coalesced.find(({ operation }) => areAlike(operation, pending.operation));
    if (alike === undefined) coalesced.push(startWith(pending));
    else add(alike, pending);
  }
  return coalesced.length > 1 && isAnyKeyShared(coalesced)
    ? coalesceNeighbours(operations)
    : coalesced;
}

function coalesceNeighbours(
  operations: readonly PendingOperation[],
): readonly CoalescedOperations[] {
  const coalesced: CoalescedOperations[] = [];
  for (const pending of operations) {
    const last = coalesced.at(-1);
    if (last !== undefined && areAlike(last.operation, pending.operation)) add(last, pending);
    else coalesced.push(startWith(pending));
  }
  return coalesced;
}

function startWith(pending: PendingOperation): CoalescedOperations {
  return { operation: pending.operation, operations: [pending], dueMs: pending.dueMs };
}

function add(coalesced: CoalescedOperations, pending: PendingOperation): void {
  coalesced.operations.push(pending);
  coalesced.dueMs = Math.min(coalesced.dueMs, pending.dueMs);
}

/** Common fields are one string object, thanks to the cache of `encodeDecision`. */
function areAlike(a: Operation, b: Operation): boolean {
  return a.fields === b.fields && a.kind === b.kind && a.requests === b.requests;
}

function isAnyKeyShared(coalesced: readonly CoalescedOperations[]): boolean {
  const seen = new Map<string, CoalescedOperations>();
  for (const each of coalesced) {
    for (const { operation } of each.operations) {
      for (const key of operation.keys) {
        const other = seen.get(key);
        if (other !== undefined && other !== each) return true;
        seen.set(key, each);
      }
    }
  }
  return false;
}
