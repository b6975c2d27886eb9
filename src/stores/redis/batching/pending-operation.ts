import { StoreUnavailableError } from '../../../core/errors/index.js';
import type { FailureOrigin } from '../connection/failures.js';
import { hashSlotOf } from '../protocol/keys.js';
import type { Operation } from '../protocol/operation.js';

/** What the script answered to an operation. */
export interface Reply {
  /** Of the whole call; those of the operation begin at `start`. */
  readonly integers: readonly number[];
  readonly start: number;
  /** The server's time, in microseconds. */
  readonly nowUs: number;
  /** False when the caller was answered otherwise before this came. */
  readonly isInTime: boolean;
}

/** One step of the script that nothing can come between, on its way to a server and back. */
export interface PendingOperation {
  readonly operation: Operation;
  /** The slot of its keys, or 0 where slots do not matter. */
  readonly hashSlot: number;
  /** When its caller must have an answer, by the local clock. A stall of this process moves it. */
  dueMs: number;
  /** Doing it twice is the same as doing it once. */
  readonly isRepeatable: boolean;
  onReply(reply: Reply): void;
  onFailure(failure: StoreUnavailableError): void;
  /** Its call was sent, and the answer was lost with the connection. */
  onLost?(): void;
  /** Does the same one request at a time, for a slot that is between two servers; null: cannot. */
  readonly onSplit: (() => void) | null;
  /** Travels by itself: keys of its slot are on two servers just now. */
  isAlone: boolean;
  /** True once the caller has an answer. */
  isSettled: boolean;
  /** How often a server has sent it elsewhere, or refused it as late by a clock that was wrong. */
  detours: number;
}

/** What an operation is made of; the rest is the same for every new one. */
export type NewOperation = Omit<PendingOperation, 'isAlone' | 'isSettled' | 'detours' | 'onSplit'> &
  Partial<Pick<PendingOperation, 'onSplit'>>;

/** An operation that has not been anywhere yet. */
export function newOperation(parts: NewOperation): PendingOperation {
  return { onSplit: null, isAlone: false, isSettled: false, detours: 0, ...parts };
}

/** An operation that no caller waits for, in the slot of its key. */
export function newProbe(
  operation: Operation,
  patienceMs: number,
  nowMs: number,
  told: Pick<NewOperation, 'onReply' | 'onFailure'>,
): PendingOperation {
  const [key] = operation.keys;
  const slot = key === undefined ? 0 : hashSlotOf(key);
  const dueMs = nowMs + patienceMs;
  return newOperation({ operation, hashSlot: slot, dueMs, isRepeatable: false, ...told });
}

/** Fails an operation, unless its caller has an answer already. */
export function failOperation(pending: PendingOperation, failure: StoreUnavailableError): void {
  if (pending.isSettled) return;
  pending.isSettled = true;
  pending.onFailure(failure);
}

/** Fails an operation for which there is no room. */
export function failOverloaded(
  pending: PendingOperation,
  { storeId, address }: FailureOrigin,
): void {
  failOperation(pending, new StoreUnavailableError({ storeId, kind: 'overload', address }));
}
