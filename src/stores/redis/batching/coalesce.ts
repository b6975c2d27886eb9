import type { Operation } from '../protocol/operation.js';
import type { PendingOperation } from './pending-operation.js';

/** Groups that ask the same of different keys, and travel with one copy of their fields. */
export interface CoalescedOperations {
  readonly operation: Operation;
  readonly operations: PendingOperation[];
  /** The first of their deadlines: nothing is done too late for one of them. */
  dueMs: number;
}

/**
 * Sorts operations into runs.
 *
 * Groups are independent of each other, so their order does not matter, unless a key is in two
 * runs: then neighbours only are put together, and who asked first is served first.
 */
export function coalesce(operations: readonly PendingOperation[]): readonly CoalescedOperations[] {
  const runs: CoalescedOperations[] = [];
  for (const pending of operations) {
    const run = runs.find(({ operation }) => isSameQuestion(operation, pending.operation));
    if (run === undefined)
      runs.push({ operation: pending.operation, operations: [pending], dueMs: pending.dueMs });
    else add(run, pending);
  }
  return runs.length > 1 && isAnyKeyShared(runs) ? neighboursOf(operations) : runs;
}

function neighboursOf(operations: readonly PendingOperation[]): readonly CoalescedOperations[] {
  const runs: CoalescedOperations[] = [];
  for (const pending of operations) {
    const run = runs.at(-1);
    if (run !== undefined && isSameQuestion(run.operation, pending.operation)) add(run, pending);
    else runs.push({ operation: pending.operation, operations: [pending], dueMs: pending.dueMs });
  }
  return runs;
}

function add(run: CoalescedOperations, pending: PendingOperation): void {
  run.operations.push(pending);
  run.dueMs = Math.min(run.dueMs, pending.dueMs);
}

/** Fields that come often are one and the same text, which `Shapes` sees to. */
function isSameQuestion(a: Operation, b: Operation): boolean {
  return a.fields === b.fields && a.kind === b.kind && a.requests === b.requests;
}

function isAnyKeyShared(runs: readonly CoalescedOperations[]): boolean {
  const seen = new Map<string, CoalescedOperations>();
  for (const run of runs) {
    for (const { operation } of run.operations) {
      for (const key of operation.keys) {
        const other = seen.get(key);
        if (other !== undefined && other !== run) return true;
        seen.set(key, run);
      }
    }
  }
  return false;
}
