import { StoreUnavailableError } from '../../../core/errors/index.js';
import type { FailureOrigin } from '../connection/failures.js';
import { hashSlotOfKeys } from '../protocol/keys.js';
import type { Operation } from '../protocol/operation.js';

/** The reply to an operation. */
export interface Reply {
  /** Of the whole call; those of the operation begin at `start`. */
  readonly integers: readonly number[];
  readonly start: number;
  /** The server's time, in microseconds. */
  readonly nowUs: number;
  /** False when the operation was settled before the reply came. */
  readonly isInTime: boolean;
}

/** An atomic operation of the script that has no reply yet. */
export interface PendingOperation {
  readonly operation: Operation;
  /** The hash slot of its keys, or 0 where hash slots do not matter. */
  readonly hashSlot: number;
  /** Its deadline, by the local clock. A stall of this process moves it. */
  dueMs: number;
  /** Whether doing it twice is the same as doing it once. */
  readonly isRepeatable: boolean;
  onReply(reply: Reply): void;
  onFailure(failure: StoreUnavailableError): void;
  /** Its call was sent, and the reply was lost with the connection. */
  onLost?(): void;
  /** Does the same one request at a time, while its hash slot moves; null: it cannot be split. */
  readonly onSplit: (() => void) | null;
  /** Whether it needs a call of its own: the keys of its hash slot are on two servers. */
  isAlone: boolean;
  /** Whether its caller has been answered. */
  isSettled: boolean;
  /** How often it was redirected, repeated, or refused as late by a clock that was wrong. */
  detours: number;
}

/** What a new operation needs; the rest is the same for all. */
export type NewOperation = Omit<PendingOperation, 'isAlone' | 'isSettled' | 'detours' | 'onSplit'> &
  Partial<Pick<PendingOperation, 'onSplit'>>;

export function newOperation(options: NewOperation): PendingOperation {
  return { onSplit: null, isAlone: false, isSettled: false, detours: 0, ...options };
}

/** A probe, in the hash slot of its key. No caller waits for it. */
export function newProbe(
  operation: Operation,
  dueMs: number,
  callbacks: Pick<NewOperation, 'onReply' | 'onFailure'>,
): PendingOperation {
  const hashSlot = hashSlotOfKeys(operation.keys);
  return newOperation({ operation, hashSlot, dueMs, isRepeatable: false, ...callbacks });
}

/** Fails an operation, unless it is settled. */
export function failOperation(pending: PendingOperation, failure: StoreUnavailableError): void {
  if (pending.isSettled) return;
  pending.isSettled = true;
  pending.onFailure(failure);
}

/** Fails an operation because the queue is full, or because this process sends more than it can. */
export function failOverloaded(
  pending: PendingOperation,
  { storeId, address }: FailureOrigin,
): void {
  failOperation(pending, new StoreUnavailableError({ storeId, kind: 'overload', address }));
}
